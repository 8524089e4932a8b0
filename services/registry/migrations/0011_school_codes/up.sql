-- Identification codes over all time: a code that was ever a school's is never another's. What becomes of it is told by
-- `fate`: 0 in use, 1 reissued, 2 merged, 3 void.
CREATE TABLE IF NOT EXISTS `school_ident_code` (
  `ident_code` VARCHAR(10) NOT NULL,
  `school` BINARY(16) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `fate` SMALLINT NOT NULL,
  PRIMARY KEY (`ident_code`),
  KEY `school_ident_code_school` (`school`, `fate`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Of schools that had the same code one after the other, the one that has it now keeps it.
INSERT IGNORE INTO `school_ident_code` (`ident_code`, `school`, `valid_from`, `valid_to`, `fate`)
SELECT `ident_code`, `school`, `open_date`, CASE WHEN `state` IN (4, 5) THEN `close_date` ELSE NULL END,
  CASE `state` WHEN 4 THEN 2 WHEN 5 THEN 3 ELSE 0 END
FROM `school` WHERE `ident_code` <> '' ORDER BY CASE WHEN `state` IN (4, 5) THEN 1 ELSE 0 END, `update_time` DESC;

-- What other systems call a school.
CREATE TABLE IF NOT EXISTS `school_external_id` (
  `office` VARCHAR(63) NOT NULL,
  `system` VARCHAR(40) NOT NULL,
  `id` VARCHAR(100) NOT NULL,
  `school` BINARY(16) NOT NULL,
  PRIMARY KEY (`office`, `system`, `id`),
  KEY `school_external_id_school` (`school`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
