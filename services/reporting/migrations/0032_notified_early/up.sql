-- What the visits service now tells of a notice.
ALTER TABLE `visit` ADD COLUMN `notified_early` TINYINT NOT NULL DEFAULT 0;
