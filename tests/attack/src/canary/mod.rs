//! Marks that are planted in a meeting and looked for after its end.

mod forms;
mod places;
mod scan;

pub use forms::Canary;
pub use places::{Place, everywhere};
pub use scan::{Finding, Scanner};
