-- The paper by which an inspector belongs to an area. The default serves programs that do not know the column yet.
ALTER TABLE `area_membership` ADD COLUMN `document_number` VARCHAR(60) NOT NULL DEFAULT '';

-- Proposals how to divide an office into areas. A follower of the feed needs a table for whatever is told in it, so that
-- these have copies too; nobody decides by them before they are adopted.
CREATE TABLE IF NOT EXISTS `area_design` (
  `office` VARCHAR(63) NOT NULL,
  `area_design` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `state` SMALLINT NOT NULL,
  `as_of` DATE NULL,
  `area_count` INT NOT NULL,
  `school_count` INT NOT NULL,
  `seed` BIGINT UNSIGNED NOT NULL,
  `solver` VARCHAR(255) NOT NULL,
  `inputs_hash` VARCHAR(255) NOT NULL,
  `objective` BIGINT NOT NULL,
  `best_bound` BIGINT NOT NULL,
  `gap_percent` DOUBLE NOT NULL,
  `solve_millis` BIGINT NOT NULL,
  `moved` INT NOT NULL,
  `max_schools` BIGINT NOT NULL,
  `max_students` BIGINT NOT NULL,
  `weight_school` BIGINT NOT NULL,
  `weight_student` BIGINT NOT NULL,
  `proposed` MEDIUMTEXT NULL,
  `present` MEDIUMTEXT NULL,
  `designed_areas` MEDIUMTEXT NULL,
  `unlocated_schools` MEDIUMTEXT NULL,
  `adopted_from` DATE NULL,
  `adopted_by` VARCHAR(255) NOT NULL,
  `document_number` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`, `area_design`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
