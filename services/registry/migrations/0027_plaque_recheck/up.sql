-- Plaques to be looked at once more in the next round of housekeeping: those that were approved before the
-- registry knew that a board is wrong also from the day on which an inspector's term runs out.
CREATE TABLE IF NOT EXISTS `plaque_recheck` (
  `office` VARCHAR(63) NOT NULL,
  `plaque` BINARY(16) NOT NULL,
  PRIMARY KEY (`office`, `plaque`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO `plaque_recheck` (`office`, `plaque`)
  SELECT `office`, `plaque` FROM `plaque` WHERE `state` IN (2, 3, 4, 5)
  ON DUPLICATE KEY UPDATE `plaque` = VALUES(`plaque`);
