//! Wire formats of the national interface: envelope, field table, validation, replies, profiles, signatures, files.
