//! Text from files, users and other programs.

mod foreign;
mod foreign_error;
mod input;

pub use foreign::ForeignText;
pub use foreign_error::ForeignError;
pub use input::{InvalidText, decode_text, read_text, without_mark};
