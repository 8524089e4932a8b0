-- Since when an inspector works in education; not recorded for those who are there already.
ALTER TABLE `inspector` ADD COLUMN `education_since` DATE NULL;
