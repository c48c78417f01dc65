//! What the agency does with each act of care: visits, filings, settlements, bookings as pure decisions over a person's file.
