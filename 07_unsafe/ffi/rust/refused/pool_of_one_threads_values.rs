//! E0277: another thread may drop what is in a pool, and an Rc is one thread's.
fn main() {
    let pool = syslab::Pool::new().unwrap();
    let value = std::rc::Rc::new(1);
    std::thread::scope(|scope| {
        scope.spawn(|| pool.alloc(value).is_ok());
    });
}
