use std::any::Any;
use std::fmt;
use std::os::raw::c_int;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};

/// What went wrong, in words of this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The allocator refused (-ENOMEM).
    NoMemory,
    /// An argument that cannot be right (-EINVAL).
    Invalid,
    /// A slice that is not inside (-ERANGE).
    OutOfRange,
    /// A table that has all it may hold (-ENOSPC).
    Full,
    /// No object can be that large (-EOVERFLOW).
    TooLarge,
    /// An id that was never given, or no such file (-ENOENT).
    NotFound,
    /// Bytes that are no UTF-8: found on this side, C does not care.
    NotText,
    /// Any other errno.
    Os(i32),
}

/// What all that can fail returns.
pub type Result<T> = std::result::Result<T, Error>;

/// 0 or -errno. The numbers are Linux's on every machine that Rust and Syslab both run on.
pub(crate) fn check(code: c_int) -> Result<()> {
    match -code {
        0 => Ok(()),
        2 => Err(Error::NotFound),
        12 => Err(Error::NoMemory),
        22 => Err(Error::Invalid),
        28 => Err(Error::Full),
        34 => Err(Error::OutOfRange),
        75 => Err(Error::TooLarge),
        other => Err(Error::Os(other)),
    }
}

/// Run a `_create` and take the handle that it made.
pub(crate) fn create<T>(call: impl FnOnce(*mut *mut T) -> c_int) -> Result<NonNull<T>> {
    let mut made = ptr::null_mut();
    check(call(&mut made))?;
    NonNull::new(made).ok_or(Error::NoMemory)
}

/// The end of what a panic threw. Its drop is somebody's code and may panic too: not outside of here.
pub(crate) fn swallow(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second); // enough: a leak is the lesser evil
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoMemory => f.write_str("no memory"),
            Error::Invalid => f.write_str("an argument is not valid"),
            Error::OutOfRange => f.write_str("out of range"),
            Error::Full => f.write_str("full"),
            Error::TooLarge => f.write_str("too large"),
            Error::NotFound => f.write_str("not found"),
            Error::NotText => f.write_str("not UTF-8"),
            Error::Os(number) => write!(f, "{}", std::io::Error::from_raw_os_error(*number)),
        }
    }
}

impl std::error::Error for Error {}
