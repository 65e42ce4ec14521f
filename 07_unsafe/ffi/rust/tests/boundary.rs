//! What crosses the border, in both directions, with the real library.
#![deny(unsafe_op_in_unsafe_fn)]
use std::rc::Rc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use syslab::{Allocator, AllocatorRef, Arena, Bytes, Error, Heap, Intern, Key, Memory, Pool, Slab};

/// Rust's heap; counts, and refuses after `allowed` requests, or panics instead.
struct Watched {
    allowed: usize,
    panics: bool,
    requests: AtomicUsize,
    live: AtomicIsize,
    live_bytes: AtomicIsize,
}

impl Watched {
    fn new(allowed: usize, panics: bool) -> Allocator<Watched> {
        Allocator::new(Watched {
            allowed,
            panics,
            requests: AtomicUsize::new(0),
            live: AtomicIsize::new(0),
            live_bytes: AtomicIsize::new(0),
        })
    }
    fn live(&self) -> (isize, isize) {
        (
            self.live.load(Ordering::SeqCst),
            self.live_bytes.load(Ordering::SeqCst),
        )
    }
    fn refused(&self) -> usize {
        self.requests
            .load(Ordering::SeqCst)
            .saturating_sub(self.allowed)
    }
}

// SAFETY: the blocks are Heap's. A refusal, or a panic, comes before anything is done.
unsafe impl Memory for Watched {
    fn alloc(&self, size: usize, align: usize) -> *mut u8 {
        if self.requests.fetch_add(1, Ordering::SeqCst) >= self.allowed {
            assert!(!self.panics, "the allocator panics");
            return std::ptr::null_mut();
        }
        self.live.fetch_add(1, Ordering::SeqCst);
        self.live_bytes.fetch_add(size as isize, Ordering::SeqCst);
        Heap.alloc(size, align)
    }
    unsafe fn free(&self, block: *mut u8, size: usize, align: usize) {
        self.live.fetch_sub(1, Ordering::SeqCst);
        self.live_bytes.fetch_sub(size as isize, Ordering::SeqCst);
        unsafe { Heap.free(block, size, align) }
    }
}

/// One of each, used; each ends by its Drop, on the way out of an error too.
fn use_everything<'a>(memory: impl Into<AllocatorRef<'a>>) -> Result<(), Error> {
    let memory = memory.into();
    let arena = Arena::new_in(memory)?;
    let numbers = arena.alloc_slice(&[1u64, 2, 3])?;
    numbers[0] = 7;
    let mut slab = Slab::new_in(memory)?;
    let key = slab.insert(String::from("in the slab"))?;
    let pool = Pool::new_in(memory)?;
    let boxed = pool.alloc(vec![1, 2, 3])?;
    let intern = Intern::new_in(memory, 0)?;
    let id = intern.put("word")?;
    let bytes = Bytes::copy_in(b"copied", memory)?;
    let part = bytes.slice(1, 3)?;
    drop(bytes);
    assert_eq!(
        (&part[..], intern.text(id), boxed.len()),
        (&b"opi"[..], Ok("word"), 3)
    );
    assert_eq!(
        (slab.get(key).unwrap().as_str(), &numbers[..]),
        ("in the slab", &[7u64, 2, 3][..])
    );
    Ok(())
}

fn walk_refusals(panics: bool) {
    let mut allowed = 0;
    loop {
        let memory = Watched::new(allowed, panics);
        let result = use_everything(&memory);
        assert_eq!(memory.memory().live(), (0, 0), "allowed {}", allowed);
        let refused = memory.memory().refused();
        assert_eq!(memory.panics(), if panics { refused } else { 0 });
        if refused == 0 {
            assert_eq!(result, Ok(()));
            break;
        }
        // The pool does without a magazine that it cannot have.
        assert!(
            matches!(result, Ok(()) | Err(Error::NoMemory)),
            "{:?}",
            result
        );
        allowed += 1;
    }
    assert!(allowed >= 8, "only {} requests came to Rust", allowed);
}

#[test]
fn each_refusal_is_an_error_and_nothing_leaks() {
    walk_refusals(false);
}

#[test]
fn a_panic_in_a_callback_is_a_refusal() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ())); // they are meant
    walk_refusals(true);
    std::panic::set_hook(hook);
}

#[test]
fn an_arena_moves_between_threads_and_resets() {
    let mut arena = Arena::new().unwrap();
    let reserved = {
        let first = arena.alloc(41u32).unwrap();
        *first += 1;
        let text = arena.alloc_str("größe").unwrap();
        let second = arena.alloc(0u128).unwrap();
        assert_eq!((*first, text, *second as usize), (42, "größe", 0));
        assert_eq!(
            second as *const u128 as usize % std::mem::align_of::<u128>(),
            0
        );
        arena.alloc(()).unwrap();
        arena.reserved_bytes()
    };
    arena.reset();
    assert_eq!(arena.reserved_bytes(), reserved);
    let there = std::thread::spawn(move || *arena.alloc(5u8).unwrap());
    assert_eq!(there.join().unwrap(), 5);
}

#[test]
fn a_slab_owns_its_values() {
    let counted = Rc::new(());
    let mut slab = Slab::new().unwrap();
    let first = slab.insert(counted.clone()).unwrap();
    let keys: Vec<_> = (0..100)
        .map(|_| slab.insert(counted.clone()).unwrap())
        .collect();
    assert_eq!(Rc::strong_count(&counted), 102);
    drop(slab.remove(first).expect("it is there"));
    assert!(slab.remove(first).is_none(), "a second time is found out");
    assert!(slab.get(first).is_none() && slab.get_mut(first).is_none());
    assert!(slab.get(Key::from_bits(u64::MAX)).is_none() && slab.get(Key::from_bits(0)).is_none());
    assert_eq!(Key::<Rc<()>>::from_bits(keys[3].to_bits()), keys[3]);
    assert_eq!((slab.len(), Rc::strong_count(&counted)), (100, 101));
    drop(slab);
    assert_eq!(Rc::strong_count(&counted), 1);
}

#[test]
fn an_insert_that_is_refused_drops_the_value_once() {
    let counted = Rc::new(());
    let memory = Watched::new(1, false); // the slab itself, and not its slots
    let mut slab = Slab::new_in(&memory).unwrap();
    assert_eq!(slab.insert(counted.clone()), Err(Error::NoMemory));
    assert_eq!(Rc::strong_count(&counted), 1);
}

/// Bytes that say when they are dropped.
struct Owner(Vec<u8>, &'static AtomicUsize);
impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
impl Drop for Owner {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
        if self.0 == b"panics" {
            panic!("in a drop that C asked for");
        }
    }
}

#[test]
fn what_rust_made_rust_drops() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let data = b"hello, world".to_vec();
    let address = data.as_ptr();
    let bytes = Bytes::from_owner(Owner(data, &DROPPED)).unwrap();
    assert_eq!(bytes.as_ptr(), address, "no copy");
    let world = bytes.slice(7, 5).unwrap();
    assert_eq!(bytes.slice(8, 5).err(), Some(Error::OutOfRange));
    assert_eq!(bytes.slice(usize::MAX, 2).err(), Some(Error::OutOfRange));
    drop(bytes);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| assert_eq!(&world.clone()[..], b"world")));
        }
    });
    assert_eq!(DROPPED.load(Ordering::SeqCst), 0);
    std::thread::spawn(move || drop(world)).join().unwrap();
    assert_eq!(DROPPED.load(Ordering::SeqCst), 1);
    assert_eq!(&Bytes::from_owner(Vec::new()).unwrap()[..], b"");
}

#[test]
fn a_panic_in_a_drop_does_not_pass_through_c() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    drop(Bytes::from_owner(Owner(b"panics".to_vec(), &DROPPED)).unwrap());
    assert_eq!(DROPPED.load(Ordering::SeqCst), 1);
}

#[test]
fn a_file() {
    let path = std::env::current_exe().unwrap();
    // SAFETY: nobody writes to the program that runs.
    let bytes = unsafe { Bytes::map(&path) }.unwrap();
    assert_eq!(&bytes[..4], b"\x7fELF");
    let missing = unsafe { Bytes::map("/no/such/file".as_ref()) };
    assert_eq!(missing.err(), Some(Error::NotFound));
    assert_eq!(
        unsafe { Bytes::map("a\0b".as_ref()) }.err(),
        Some(Error::Invalid)
    );
    assert_eq!(
        unsafe { Bytes::map("/".as_ref()) }.err(),
        Some(Error::Invalid)
    );
}

#[test]
fn threads_share_an_intern_table() {
    let memory = Watched::new(usize::MAX, false);
    let intern = Intern::new_in(&memory, 0).unwrap();
    let put_all = || {
        (0..2000)
            .map(|n| intern.put(&n.to_string()).unwrap())
            .collect::<Vec<_>>()
    };
    let tables: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(put_all)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(tables.iter().all(|table| table == &tables[0]));
    assert_eq!(intern.text(tables[0][1234]), Ok("1234"));
    assert_eq!(
        (intern.len(), intern.find("1999")),
        (2000, Some(tables[0][1999]))
    );
    assert_eq!(intern.find("2000"), None);
    drop(intern);
    assert_eq!(memory.memory().live(), (0, 0));
}

#[test]
fn texts_that_are_none_and_tables_that_are_full() {
    let intern = Intern::new_in(AllocatorRef::system(), 2).unwrap();
    let id = intern.put_bytes(b"\xff\xfe").unwrap();
    assert_eq!(intern.text(id), Err(Error::NotText));
    assert_eq!(intern.bytes(id), Some(&b"\xff\xfe"[..]));
    let second = intern.put("").unwrap();
    assert_eq!(intern.text(second), Ok(""));
    assert_eq!(intern.put("third"), Err(Error::Full));
    let other = Intern::new().unwrap();
    assert_eq!(other.text(id), Err(Error::NotFound));
    assert!(other.is_empty());
}

#[test]
fn threads_share_a_pool() {
    let counted = std::sync::Arc::new(());
    let memory = Watched::new(usize::MAX, false);
    {
        let pool = Pool::new_in(&memory).unwrap();
        let (give, take) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (give, pool, counted) = (give.clone(), &pool, &counted);
                scope.spawn(move || {
                    for n in 0..500 {
                        give.send(pool.alloc((thread, n, counted.clone())).unwrap())
                            .unwrap();
                    }
                });
            }
            drop(give);
            let mut seen = 0;
            for mut boxed in take {
                boxed.1 += 1; // each ends here, in another thread than it began in
                seen += 1;
            }
            assert_eq!(seen, 1500);
        });
    }
    assert_eq!(std::sync::Arc::strong_count(&counted), 1);
    assert_eq!(memory.memory().live(), (0, 0));
}

#[test]
fn a_type_of_no_size_has_places_too() {
    let pool = Pool::new().unwrap();
    let (first, second) = (pool.alloc(()).unwrap(), pool.alloc(()).unwrap());
    assert_ne!(&*first as *const (), &*second as *const ());
    let mut slab = Slab::new().unwrap();
    let key = slab.insert(()).unwrap();
    assert_eq!(slab.remove(key), Some(()));
}

#[test]
fn errors_speak() {
    assert_eq!(Error::NoMemory.to_string(), "no memory");
    assert!(Error::Os(13).to_string().contains("Permission denied"));
    assert_eq!(syslab::version(), (0, 1, 0));
}
