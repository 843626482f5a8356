//! The mails that wait to be sent: written in the transaction of the change, sent by a worker, once an event.

mod store;

pub use store::{MailRow, NewMail, claim, finish, insert};
