//! E0277: an arena forgets its values, and a String must not be forgotten.
fn main() {
    let arena = syslab::Arena::new().unwrap();
    arena.alloc(String::new()).unwrap();
}
