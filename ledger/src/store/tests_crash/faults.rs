//! A second misfortune before the first is dealt with.
