-- Search without accents: every searched table keeps a folded column (lower case, no marks); trigrams index it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS proposal_folded_trgm ON proposal USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS project_folded_trgm ON project USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS call_folded_trgm ON call USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS person_folded_trgm ON person USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS organisation_folded_trgm ON organisation USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS output_folded_trgm ON output USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS right_folded_trgm ON "right" USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS transfer_folded_trgm ON transfer USING gin (folded gin_trgm_ops);
CREATE INDEX IF NOT EXISTS event_thing ON event (thing, thing_id);
