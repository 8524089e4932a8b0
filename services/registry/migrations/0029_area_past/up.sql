-- What areas were before each edit (a serialised Area): `last_day` is the last day on which it was so.
CREATE TABLE IF NOT EXISTS `area_past` (
  `office` VARCHAR(63) NOT NULL,
  `area` BINARY(16) NOT NULL,
  `last_day` DATE NOT NULL,
  `was` BLOB NOT NULL,
  PRIMARY KEY (`office`, `area`, `last_day`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
