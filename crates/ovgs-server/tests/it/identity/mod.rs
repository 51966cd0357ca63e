//! Who is calling, through a real channel: what identity providers say, what certificates say, and what attackers do.

mod attacks;
mod certificates;
mod directory;
mod keys;
mod mapping;
mod provider;
mod world;
