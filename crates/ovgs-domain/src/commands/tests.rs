//! The rules of each command, one by one, and their order.

mod certificates;
mod components;
mod groups;
mod roles;
