-- What Schools.UpdateSchool runs for staff of the school's own office. A parameter is a value of the call, or a column
-- that a statement before has read; next_x is one more than x.
START TRANSACTION;
INSERT INTO idempotency (principal, method, request_id, fingerprint, response, create_time)
VALUES (:subject, :method, :request_id, :fingerprint, NULL, :now);
SELECT `school`, `revision`, `create_time`, `update_time`, `office`, `display_name`, `short_name`, `kind`, `state`, `ownership`, `ident_code`, `external_id`, `organiser`, `urban_rural`, `town`, `address`, `latitude`, `longitude`, `students`, `boarding`, `canteen`, `school_bus`, `open_date`, `close_date`, `stages`, `school_type`, `credit_code`, `location_accuracy`, `location_source`, `external_ids`, `successors` FROM `school` WHERE `school` = :school FOR UPDATE;
SELECT sandbox_time FROM office WHERE office = :office;
UPDATE `school` SET `revision` = :next_revision, `create_time` = :create_time, `update_time` = :now, `office` = :office, `display_name` = :display_name, `short_name` = :new_short_name, `kind` = :kind, `state` = :state, `ownership` = :ownership, `ident_code` = :ident_code, `external_id` = :external_id, `organiser` = :organiser, `urban_rural` = :urban_rural, `town` = :town, `address` = :address, `latitude` = :latitude, `longitude` = :longitude, `students` = :new_students, `boarding` = :boarding, `canteen` = :canteen, `school_bus` = :school_bus, `open_date` = :open_date, `close_date` = :close_date, `stages` = :stages, `school_type` = :school_type, `credit_code` = :credit_code, `location_accuracy` = :location_accuracy, `location_source` = :location_source, `external_ids` = :external_ids, `successors` = :successors WHERE `school` = :school AND `revision` = :revision;
INSERT INTO idempotency (principal, method, request_id, fingerprint, response, create_time)
VALUES (:subject, :method, :request_id, :fingerprint, :response, :now) ON DUPLICATE KEY UPDATE response = VALUES(response);
SELECT epoch FROM feed_identity WHERE id = 1;
SELECT office, position, digest_count, digest_sum FROM feed_head FORCE INDEX (PRIMARY) WHERE office IN (:office) FOR UPDATE;
INSERT INTO feed_event (office, position, resource_type, resource, revision, event, actor, commit_time, tx_index, tx_count, body)
VALUES (:office, :next_position, :resource_type, :resource, :next_revision, :event, :subject, :now, :zero, :one, :body);
INSERT INTO feed_head (office, position, digest_count, digest_sum)
VALUES (:office, :next_position, :digest_count, :digest_sum)
ON DUPLICATE KEY UPDATE position = VALUES(position), digest_count = VALUES(digest_count), digest_sum = VALUES(digest_sum);
COMMIT;
