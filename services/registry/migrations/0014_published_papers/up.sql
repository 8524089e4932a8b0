-- The papers of the State Council that the operator published, once for all offices. Each office gets its own copy,
-- which is what everybody decides by; a new office gets them when it is set up.
CREATE TABLE IF NOT EXISTS `published_paper` (
  `number` VARCHAR(60) NOT NULL,
  `body` MEDIUMBLOB NOT NULL,
  `fingerprint` VARCHAR(32) NOT NULL,
  `publish_time` DATETIME(6) NOT NULL,
  PRIMARY KEY (`number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
