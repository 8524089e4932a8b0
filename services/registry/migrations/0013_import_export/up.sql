-- Files on their way in and out, in pieces. Thrown away when they expire.
CREATE TABLE IF NOT EXISTS `data_file` (
  `office` VARCHAR(63) NOT NULL,
  `file` BINARY(16) NOT NULL,
  `file_name` VARCHAR(200) NOT NULL,
  `media_type` VARCHAR(100) NOT NULL,
  `size` BIGINT NOT NULL,
  `received` BIGINT NOT NULL,
  `sha256` CHAR(64) NOT NULL,
  `complete` TINYINT NOT NULL,
  `create_time` DATETIME(6) NOT NULL,
  `expire_time` DATETIME(6) NOT NULL,
  PRIMARY KEY (`office`, `file`),
  KEY `data_file_expire` (`expire_time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `data_file_piece` (
  `office` VARCHAR(63) NOT NULL,
  `file` BINARY(16) NOT NULL,
  `begin` BIGINT NOT NULL,
  `content` MEDIUMBLOB NOT NULL,
  PRIMARY KEY (`office`, `file`, `begin`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far an import of uploads has come: the rows of an operation up to `done`, in the order of work, are written or
-- rejected.
CREATE TABLE IF NOT EXISTS `import_run` (
  `office` VARCHAR(63) NOT NULL,
  `operation` BINARY(16) NOT NULL,
  `default_from` DATE NOT NULL,
  `done` BIGINT NOT NULL,
  `created` BIGINT NOT NULL,
  `updated` BIGINT NOT NULL,
  `unchanged` BIGINT NOT NULL,
  `rejected` BIGINT NOT NULL,
  `remarked` BIGINT NOT NULL,
  `create_time` DATETIME(6) NOT NULL,
  PRIMARY KEY (`office`, `operation`),
  KEY `import_run_age` (`create_time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The rows beyond that which were written, in the transaction that wrote them.
CREATE TABLE IF NOT EXISTS `import_row` (
  `office` VARCHAR(63) NOT NULL,
  `operation` BINARY(16) NOT NULL,
  `ordinal` BIGINT NOT NULL,
  `outcome` SMALLINT NOT NULL,
  PRIMARY KEY (`office`, `operation`, `ordinal`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is wrong with the rejected ones, until their report is made.
CREATE TABLE IF NOT EXISTS `import_defect` (
  `office` VARCHAR(63) NOT NULL,
  `operation` BINARY(16) NOT NULL,
  `ordinal` BIGINT NOT NULL,
  `nth` INT NOT NULL,
  `body` MEDIUMBLOB NOT NULL,
  PRIMARY KEY (`office`, `operation`, `ordinal`, `nth`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
