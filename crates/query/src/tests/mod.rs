//! A small lake, asked.
