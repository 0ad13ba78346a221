-- What a call has of each source, for calls whose money was allocated before this was written down by source.
-- Run after every migration; each statement may be run again.

INSERT INTO funding (call, source, money)
    SELECT call, stream, sum(amount) FROM allocation
    WHERE state = 'approved' AND NOT EXISTS (SELECT FROM funding WHERE funding.call = allocation.call) GROUP BY call, stream;
