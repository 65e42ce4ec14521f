//! E0505: a box borrows its pool.
fn main() {
    let pool = syslab::Pool::new().unwrap();
    let boxed = pool.alloc(1u32).unwrap();
    drop(pool);
    println!("{}", *boxed);
}
