//! E0382: drop takes the arena; there is none left to be dropped again.
fn main() {
    let arena = syslab::Arena::new().unwrap();
    drop(arena);
    drop(arena);
}
