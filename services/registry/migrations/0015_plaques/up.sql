-- The bytes of photographs, apart from their records: one row a content, however many records name it.
CREATE TABLE IF NOT EXISTS `photo_content` (
  `sha256` BINARY(32) NOT NULL,
  `content` MEDIUMBLOB NOT NULL,
  PRIMARY KEY (`sha256`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What the QR code of an approved plaque holds. Found by its hash; kept itself so that a board can be printed again.
-- In no feed and in no answer but the printed board.
CREATE TABLE IF NOT EXISTS `plaque_token` (
  `token_hash` BINARY(32) NOT NULL,
  `office` VARCHAR(63) NOT NULL,
  `plaque` BINARY(16) NOT NULL,
  `token` VARCHAR(64) NOT NULL,
  PRIMARY KEY (`token_hash`),
  UNIQUE KEY `plaque_token_of` (`office`, `plaque`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Whom the plaques name that can still become stale: where to look when something about an inspector changes.
CREATE TABLE IF NOT EXISTS `plaque_person` (
  `inspector` BINARY(16) NOT NULL,
  `office` VARCHAR(63) NOT NULL,
  `plaque` BINARY(16) NOT NULL,
  PRIMARY KEY (`inspector`, `office`, `plaque`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
