-- A picture may decide the shape of its clip, which is known once it has been opened
-- (`picture_shape`), and the card says how large one is that was refused for its size.
BEGIN IMMEDIATE;

ALTER TABLE jobs ADD COLUMN picture_shape TEXT;
ALTER TABLE jobs ADD COLUMN picture_width INTEGER;
ALTER TABLE jobs ADD COLUMN picture_height INTEGER;

PRAGMA user_version = 13;
COMMIT;
