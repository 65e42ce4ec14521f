"""libsyslab.so for Python, through ctypes: thin, and safe to use wrongly.

A handle of C is a number to Python, and a number can be used after what it stood for is gone. So no
number leaves this file. What a caller holds is an object, and of each such object one thing is true:

    it keeps alive, by ordinary references, all that its memory depends on.

    memoryview --> ctypes array --> Bytes' share --> finalizer: ffi_bytes_unref
    memoryview --> ctypes array --> Arena's handle --> finalizer: ffi_arena_destroy --> Allocator

Python's own reference counts then do what a borrow checker does elsewhere, a little later: memory that
a view still looks at is not freed, and close() and reset() of it are refused with BufferError, as those
of mmap are.

Threads: ctypes lets other Python threads run during a call. Arena and Slab hold a lock around theirs; Bytes
and Intern need none.

Interface: load  version  Allocator  Arena  Bytes  Intern  Slab
Source: Python's ctypes and weakref.finalize; mmap.close for the refusal.
"""

import ctypes
import errno
import itertools
import os
import threading
import weakref
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

ALLOC = CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)
RESIZE = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t, c_size_t, c_size_t)
FREE = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, c_size_t)
BYTES_FREE = CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)


class _AllocatorStruct(Structure):
    _fields_ = [("alloc", ALLOC), ("resize", RESIZE), ("free", FREE)]


class _BytesStruct(Structure):
    _fields_ = [("data", c_void_p), ("size_bytes", c_size_t), ("owner", c_void_p), ("stock", c_size_t)]


# Without these ctypes takes every argument and result for an int, and cuts pointers to 32 bits.
_SIGNATURES = {
    "ffi_version": (c_uint32,),
    "ffi_allocator_system": (c_void_p,),
    "ffi_arena_create": (c_int, c_void_p, c_size_t, POINTER(c_void_p)),
    "ffi_arena_destroy": (None, c_void_p),
    "ffi_arena_alloc": (c_void_p, c_void_p, c_size_t, c_size_t),
    "ffi_arena_reset": (c_int, c_void_p),
    "ffi_arena_reserved_bytes": (c_size_t, c_void_p),
    "ffi_slab_create": (c_int, c_void_p, c_size_t, c_size_t, POINTER(c_void_p)),
    "ffi_slab_destroy": (None, c_void_p),
    "ffi_slab_insert": (c_int, c_void_p, c_char_p, POINTER(c_uint64)),
    "ffi_slab_get": (c_void_p, c_void_p, c_uint64),
    "ffi_slab_remove": (c_int, c_void_p, c_uint64, c_void_p),
    "ffi_slab_count": (c_size_t, c_void_p),
    "ffi_bytes_copy": (c_int, c_void_p, c_char_p, c_size_t, POINTER(_BytesStruct)),
    "ffi_bytes_adopt": (c_int, c_void_p, c_void_p, c_size_t, BYTES_FREE, c_void_p, POINTER(_BytesStruct)),
    "ffi_bytes_map": (c_int, c_void_p, c_char_p, POINTER(_BytesStruct)),
    "ffi_bytes_ref": (c_int, POINTER(_BytesStruct), POINTER(_BytesStruct)),
    "ffi_bytes_slice": (c_int, POINTER(_BytesStruct), c_size_t, c_size_t, POINTER(_BytesStruct)),
    "ffi_bytes_unref": (None, POINTER(_BytesStruct)),
    "ffi_intern_create": (c_int, c_void_p, c_uint32, POINTER(c_void_p)),
    "ffi_intern_destroy": (None, c_void_p),
    "ffi_intern_put": (c_int, c_void_p, c_char_p, c_size_t, POINTER(c_uint32)),
    "ffi_intern_find": (c_uint32, c_void_p, c_char_p, c_size_t),
    "ffi_intern_text": (c_void_p, c_void_p, c_uint32, POINTER(c_size_t)),
    "ffi_intern_count": (c_uint32, c_void_p),
}

_lib = None


def load(path="libsyslab.so.0"):
    """Load the library; once, before anything else. OSError without it, or with one of another version."""
    global _lib
    lib = ctypes.CDLL(path)
    for name, (result, *arguments) in _SIGNATURES.items():
        try:
            function = getattr(lib, name)
        except AttributeError:
            raise OSError(f"{path}: no {name}: not libsyslab.so.0") from None
        function.restype, function.argtypes = result, arguments
    _lib = lib


def version():
    bits = _lib.ffi_version()
    return (bits >> 16, bits >> 8 & 0xFF, bits & 0xFF)


def _check(code, allocator=None, path=None):
    """0 or -errno, as Python says it: of a file, an OSError that names it. What an allocator's method
    raised is the cause."""
    if code == 0:
        return
    cause = allocator.take_error() if allocator else None
    number = -code
    if number == errno.ENOMEM:
        raise MemoryError("libsyslab: no memory") from cause
    if path is not None:
        raise OSError(number, os.strerror(number), path) from cause
    kinds = {errno.EINVAL: ValueError, errno.ENOENT: KeyError, errno.ERANGE: IndexError, errno.EOVERFLOW: OverflowError}
    if number in kinds:
        raise kinds[number](os.strerror(number)) from cause
    raise OSError(number, os.strerror(number)) from cause


class Allocator:
    """Where the library gets memory from: override alloc, resize and free, which pass on to malloc here.

    alloc and resize return an address, or None to refuse. An exception that is raised in one cannot pass
    through C: it becomes a refusal, and comes out as the cause of the MemoryError on the other side.
    """

    def __init__(self):
        system = ctypes.cast(_lib.ffi_allocator_system(), POINTER(_AllocatorStruct))
        self._system, self._parent = system, system.contents
        self._errors = threading.local()
        # No reference to self in what C holds: else an allocator would keep itself alive.
        me = weakref.ref(self)
        self._struct = _AllocatorStruct(
            ALLOC(lambda _, size, align: me()._guard(me().alloc, size, align)),
            RESIZE(lambda _, block, old, new, align: me()._guard(me().resize, block, old, new, align)),
            FREE(lambda _, block, size, align: me()._guard(me().free, block, size, align)),
        )

    def alloc(self, size_bytes, align):
        return self._parent.alloc(self._system, size_bytes, align)

    def resize(self, block, old_bytes, new_bytes, align):
        return self._parent.resize(self._system, block, old_bytes, new_bytes, align)

    def free(self, block, size_bytes, align):
        self._parent.free(self._system, block, size_bytes, align)

    # /* lesson: ffi-python-callback */
    def _guard(self, method, *arguments):
        try:
            return method(*arguments)
        except BaseException as error:  # KeyboardInterrupt too: nothing may unwind through C
            self._errors.last = error
            return None

    # /* end lesson */
    def take_error(self):
        error, self._errors.last = getattr(self._errors, "last", None), None
        return error

    def _address(self):
        return ctypes.addressof(self._struct)


def _address(allocator):
    return allocator._address() if allocator else None


def _end(destroy, pointer, _allocator):
    destroy(pointer)  # the finalizer's arguments held the allocator until here


class _Handle:
    """A pointer of C's that is destroyed once: by close, or when nothing refers to it any more."""

    def __init__(self, create, destroy, allocator, *arguments):
        pointer = c_void_p()
        _check(create(_address(allocator), *arguments, byref(pointer)), allocator)
        self._pointer, self.allocator = pointer, allocator
        self._finalizer = weakref.finalize(self, _end, destroy, pointer, allocator)

    def pointer(self):
        if not self._finalizer.alive:
            raise ValueError("it is closed")
        return self._pointer

    def close(self):
        self._finalizer()


# /* lesson: ffi-python-view */
def _view(address, size_bytes, keeper, readonly):
    """Memory of C's as a memoryview, without a copy. It holds the array, and the array the keeper."""
    if size_bytes == 0:
        return memoryview(b""), None
    array = (ctypes.c_ubyte * size_bytes).from_address(address)
    array.keeper = keeper
    view = memoryview(array).cast("B")
    return (view.toreadonly() if readonly else view), array


# /* end lesson */


class Arena:
    """Memory that dies together. Views of its blocks keep it; while there are any it cannot be reset."""

    def __init__(self, allocator=None, first_chunk_bytes=0):
        self._handle = _Handle(_lib.ffi_arena_create, _lib.ffi_arena_destroy, allocator, first_chunk_bytes)
        self._lock = threading.Lock()
        self._blocks = weakref.WeakSet()

    def alloc(self, size_bytes, align=16):
        """Returns: a writable memoryview of size_bytes zeros. MemoryError, ValueError for align."""
        if align <= 0 or align & (align - 1):
            raise ValueError("align is no power of two")
        if size_bytes < 0:
            raise ValueError("size_bytes is negative")
        with self._lock:
            address = _lib.ffi_arena_alloc(self._handle.pointer(), size_bytes, align)
            if not address:
                _check(-errno.ENOMEM, self._handle.allocator)
            ctypes.memset(address, 0, size_bytes)
            view, array = _view(address, size_bytes, self._handle, readonly=False)
            if array is not None:
                self._blocks.add(_Watched(array))
        return view

    def reserved_bytes(self):
        with self._lock:
            return _lib.ffi_arena_reserved_bytes(self._handle.pointer())

    def reset(self):
        with self._lock:
            self._refuse_views("reset")
            _check(_lib.ffi_arena_reset(self._handle.pointer()))

    def close(self):
        with self._lock:
            self._refuse_views("closed")
            self._handle.close()

    def _refuse_views(self, what):
        if len(self._blocks):
            raise BufferError(f"an arena with {len(self._blocks)} living views cannot be {what}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Watched:
    """In a WeakSet by identity: an array itself has no hash. It lives as long as its array."""

    def __init__(self, array):
        array.watched = self


class Slab:
    """Values of element_bytes bytes each, behind keys that are found out when they are stale."""

    def __init__(self, element_bytes, allocator=None):
        self._handle = _Handle(_lib.ffi_slab_create, _lib.ffi_slab_destroy, allocator, element_bytes, 8)
        self._element_bytes = element_bytes
        self._lock = threading.Lock()

    def insert(self, element):
        """element: as many bytes as the slab's. Returns: its key."""
        element = bytes(element)
        if len(element) != self._element_bytes:
            raise ValueError(f"an element has {self._element_bytes} bytes, and this has {len(element)}")
        key = c_uint64()
        with self._lock:
            _check(_lib.ffi_slab_insert(self._handle.pointer(), element, byref(key)), self._handle.allocator)
        return key.value

    def __getitem__(self, key):
        """A copy: a view would dangle at the next insert. KeyError for a stale key."""
        with self._lock:
            address = _lib.ffi_slab_get(self._handle.pointer(), key)
            if not address:
                raise KeyError(key)
            return ctypes.string_at(address, self._element_bytes)

    def remove(self, key):
        out = ctypes.create_string_buffer(self._element_bytes)
        with self._lock:
            _check(_lib.ffi_slab_remove(self._handle.pointer(), key, out))
        return out.raw

    def __len__(self):
        with self._lock:
            return _lib.ffi_slab_count(self._handle.pointer())

    def close(self):
        with self._lock:
            self._handle.close()


class _Share:
    """One share of a struct bytes, given up when nothing refers to it any more."""

    def __init__(self, keeper, make, *arguments, allocator=None, path=None):
        struct = _BytesStruct()
        _check(make(*arguments, byref(struct)), allocator, path)
        self.struct = struct
        weakref.finalize(self, _end, _lib.ffi_bytes_unref, struct, keeper)


class Bytes:
    """Immutable bytes that any number of values share. There is no close: the last value and the last
    view are the end of them."""

    def __init__(self, share, allocator):
        self._share, self._allocator = share, allocator

    @classmethod
    def copy(cls, data, allocator=None):
        data = bytes(data)
        make = _lib.ffi_bytes_copy
        return cls(_Share(allocator, make, _address(allocator), data, len(data), allocator=allocator), allocator)

    @classmethod
    def adopt(cls, buffer, released=None):
        """Share Python's memory without a copy; buffer is a bytearray. released() is called once C is done."""
        array = (ctypes.c_ubyte * len(buffer)).from_buffer(buffer)  # locks buffer against resizing
        token = next(_tokens)
        _adopted[token] = (array, released)
        make = _lib.ffi_bytes_adopt
        try:
            return cls(_Share(None, make, None, ctypes.addressof(array), len(buffer), _GIVE_BACK, token), None)
        except BaseException:
            del _adopted[token]  # on an error the memory is still ours
            raise

    @classmethod
    def map(cls, path, allocator=None):
        make = _lib.ffi_bytes_map
        return cls(_Share(allocator, make, _address(allocator), os.fsencode(path), allocator=allocator, path=path),
                   allocator)

    def slice(self, offset, size_bytes):
        """The same memory, a part of it. IndexError if it is not inside."""
        if offset < 0 or size_bytes < 0:
            raise IndexError("a slice does not begin before its bytes")
        make = _lib.ffi_bytes_slice
        return Bytes(_Share(self._allocator, make, byref(self._share.struct), offset, size_bytes), self._allocator)

    def view(self):
        """A read-only memoryview, without a copy. It stays valid whatever becomes of this value."""
        return _view(self._share.struct.data, self._share.struct.size_bytes, self._share, readonly=True)[0]

    def __len__(self):
        return self._share.struct.size_bytes

    def __bytes__(self):
        return bytes(self.view())


# What C holds of Python's: alive until C says that it is done. What goes across is a number. One
# callback for all, which is never freed: one that dropped itself would return into freed code.
_adopted = {}
_tokens = itertools.count(1)


@BYTES_FREE
def _GIVE_BACK(_data, _size, token):
    _array, released = _adopted.pop(token)
    del _array  # buffer can be resized again
    if released:
        released()


class Intern:
    """Strings to numbers and back. For any number of threads."""

    def __init__(self, allocator=None, max_count=0):
        self._handle = _Handle(_lib.ffi_intern_create, _lib.ffi_intern_destroy, allocator, max_count)

    def put(self, text):
        """text: a str, or bytes. Returns: its number, the same for equal texts."""
        data = text.encode() if isinstance(text, str) else bytes(text)
        number = c_uint32()
        code = _lib.ffi_intern_put(self._handle.pointer(), data, len(data), byref(number))
        _check(code, self._handle.allocator)
        return number.value

    def find(self, text):
        """Returns: the number, or None."""
        data = text.encode() if isinstance(text, str) else bytes(text)
        return _lib.ffi_intern_find(self._handle.pointer(), data, len(data)) or None

    def bytes(self, number):
        length = c_size_t()
        address = _lib.ffi_intern_text(self._handle.pointer(), number, byref(length))
        if not address:
            raise KeyError(number)
        return ctypes.string_at(address, length.value)

    def text(self, number):
        """UnicodeDecodeError if it was put as bytes that are not UTF-8."""
        return self.bytes(number).decode()

    def __len__(self):
        return _lib.ffi_intern_count(self._handle.pointer())
