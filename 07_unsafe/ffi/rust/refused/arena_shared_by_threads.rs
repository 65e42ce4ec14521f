//! E0277: an arena is for one thread at a time.
fn main() {
    let arena = syslab::Arena::new().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| arena.alloc(1u32).is_ok());
    });
}
