//! Text from files, people and other programs.

mod foreign;
mod input;

pub use foreign::ForeignText;
pub use input::{InvalidText, decode_text, read_text, without_mark};
