//! Sans-IO room owner.
