-- What members had forgotten before now kept the way to its clip: the link, and the id there. A
-- finished video without words and picture was forgotten: no order is without both.
BEGIN IMMEDIATE;

UPDATE jobs SET result_url = NULL, remote_id = NULL, fetch_path = NULL
WHERE ended_at IS NOT NULL AND slot = 0 AND picture_url IS NULL
    AND recipe ->> 'prompt' = '' AND recipe ->> 'avoid' = '';

PRAGMA user_version = 10;
COMMIT;
