-- The Vietnamese order of titles and other texts, for every list: the same order as `collate_key` in grants/shell/text.py.
-- The embedded server brings no ICU collation, and one of the system's would differ from machine to machine.
-- Run after every migration; each statement may be run again.

-- Word by word through a ă â b c d đ e ê … y z; numbers by value and before letters; case and punctuation ignored; tones
-- (ngang huyền hỏi ngã sắc nặng) only where all letters are equal. A letter with its own place sorts behind every word
-- with the plain one, because "{" and "|" follow "z".
CREATE OR REPLACE FUNCTION vietnamese_order(written text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    WITH apart AS (SELECT translate(lower(normalize(written, NFKD)), U&'\0110\0111\2019\0027\02BC', 'đđ') AS letters),
    shaped AS (
        SELECT letters, replace(replace(replace(replace(replace(replace(replace(
            translate(letters, U&'\0300\0309\0303\0301\0323', ''),
            U&'a\0306', 'a{'), U&'a\0302', 'a|'), U&'e\0302', 'e{'), U&'o\0302', 'o{'), U&'o\031B', 'o|'), U&'u\031B', 'u{'),
            'đ', 'd{') AS shapes
        FROM apart
    ),
    counted AS (  -- each number in eight digits
        SELECT letters, regexp_replace(
            regexp_replace(shapes, '([0-9]+)', '00000000\1', 'g'), '[0-9]*([0-9]{8})(?![0-9])', '\1', 'g') AS shapes
        FROM shaped
    )
    SELECT trim(BOTH '-' FROM regexp_replace(shapes, '[^a-z0-9{|]+', '-', 'g')) || '!'
        || translate(regexp_replace(letters, U&'[^\0300\0309\0303\0301\0323 ]', '', 'g'), U&'\0300\0309\0303\0301\0323 ', '12345-')
    FROM counted
$$;
