-- What Schools.GetSchool runs for staff of the school's own office, in autocommit.
SELECT `school`, `revision`, `create_time`, `update_time`, `office`, `display_name`, `short_name`, `kind`, `state`, `ownership`, `ident_code`, `external_id`, `organiser`, `urban_rural`, `town`, `address`, `latitude`, `longitude`, `students`, `boarding`, `canteen`, `school_bus`, `open_date`, `close_date` FROM `school` WHERE `school` = :school;
SELECT sandbox_time FROM office WHERE office = :office;
