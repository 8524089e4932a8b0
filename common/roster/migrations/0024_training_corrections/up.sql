-- What sessions were before they were corrected, and when own studies were declined.
ALTER TABLE `training_session` ADD COLUMN `corrections` MEDIUMTEXT NULL;

ALTER TABLE `study_record` ADD COLUMN `decline_time` DATETIME(6) NULL;
