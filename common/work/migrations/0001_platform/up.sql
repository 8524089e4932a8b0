-- What every service's schema holds besides its own tables: feed, checkpoints, idempotency, operations.
CREATE TABLE IF NOT EXISTS feed_identity (
  id TINYINT NOT NULL PRIMARY KEY,
  epoch VARCHAR(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO feed_identity (id, epoch) VALUES (1, UUID());

-- One row an office: its last position and the digest of its state there. Locked last in every transaction.
CREATE TABLE IF NOT EXISTS feed_head (
  office VARCHAR(63) NOT NULL PRIMARY KEY,
  position BIGINT UNSIGNED NOT NULL,
  digest_count BIGINT NOT NULL,
  digest_sum CHAR(32) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS feed_event (
  office VARCHAR(63) NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  resource_type VARCHAR(64) NOT NULL,
  resource VARCHAR(200) NOT NULL,
  revision BIGINT NOT NULL,
  event VARCHAR(64) NOT NULL,
  actor VARCHAR(200) NOT NULL,
  commit_time DATETIME(6) NOT NULL,
  tx_index INT NOT NULL,
  tx_count INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  PRIMARY KEY (office, position),
  KEY feed_event_resource (office, resource, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far another service's feed has been applied here, with the digest of what was applied.
CREATE TABLE IF NOT EXISTS feed_checkpoint (
  source VARCHAR(32) NOT NULL,
  office VARCHAR(63) NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  epoch VARCHAR(64) NOT NULL,
  digest_count BIGINT NOT NULL,
  digest_sum CHAR(32) NOT NULL,
  PRIMARY KEY (source, office)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which revision of each resource of a source has been applied here: what the checkpoint's digest adds up.
CREATE TABLE IF NOT EXISTS feed_applied (
  source VARCHAR(32) NOT NULL,
  office VARCHAR(63) NOT NULL,
  resource VARCHAR(200) NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (source, office, resource)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS idempotency (
  principal VARCHAR(200) NOT NULL,
  method VARCHAR(120) NOT NULL,
  request_id BINARY(16) NOT NULL,
  fingerprint BINARY(32) NOT NULL,
  response MEDIUMBLOB NULL,
  create_time DATETIME(6) NOT NULL,
  PRIMARY KEY (principal, method, request_id),
  KEY idempotency_age (create_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS operation (
  office VARCHAR(63) NOT NULL,
  operation BINARY(16) NOT NULL,
  kind VARCHAR(40) NOT NULL,
  actor VARCHAR(200) NOT NULL,
  actor_name VARCHAR(100) NOT NULL,
  request MEDIUMBLOB NOT NULL,
  done TINYINT NOT NULL,
  cancel_requested TINYINT NOT NULL,
  done_units BIGINT NOT NULL,
  total_units BIGINT NOT NULL,
  stage_zh VARCHAR(100) NOT NULL,
  stage_en VARCHAR(100) NOT NULL,
  response MEDIUMBLOB NULL,
  error MEDIUMBLOB NULL,
  lease_owner VARCHAR(64) NOT NULL,
  lease_until DATETIME(6) NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  PRIMARY KEY (office, operation),
  KEY operation_open (done, lease_until)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
