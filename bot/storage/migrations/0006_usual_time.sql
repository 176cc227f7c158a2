-- The usual seconds from hand-over to clip are called "usual" in a recipe, as in the presets file, where
-- "seconds" reads like the length of the clip.
BEGIN IMMEDIATE;

UPDATE jobs SET recipe = json_remove(json_set(recipe, '$.usual', recipe -> 'seconds'), '$.seconds')
WHERE recipe -> 'seconds' IS NOT NULL;

PRAGMA user_version = 6;
COMMIT;
