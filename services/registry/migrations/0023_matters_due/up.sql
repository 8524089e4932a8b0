-- Catalogues of which a version is published ahead: on its day their matters get its words.
CREATE TABLE IF NOT EXISTS `matters_due` (
  `office` VARCHAR(63) NOT NULL,
  `catalogue` VARCHAR(63) NOT NULL,
  `due` DATE NOT NULL,
  PRIMARY KEY (`office`, `catalogue`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
