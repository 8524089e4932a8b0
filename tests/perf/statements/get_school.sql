-- What Schools.GetSchool runs for staff of the school's own office, in autocommit.
SELECT `school`, `revision`, `create_time`, `update_time`, `office`, `display_name`, `short_name`, `kind`, `state`, `ownership`, `ident_code`, `external_id`, `organiser`, `urban_rural`, `town`, `address`, `latitude`, `longitude`, `students`, `boarding`, `canteen`, `school_bus`, `open_date`, `close_date`, `stages`, `school_type`, `credit_code`, `location_accuracy`, `location_source`, `external_ids`, `successors` FROM `school` WHERE `school` = :school;
SELECT sandbox_time FROM office WHERE office = :office;
