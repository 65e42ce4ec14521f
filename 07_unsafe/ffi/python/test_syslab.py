"""test_syslab.py LIBRARY - the wrappers, against the real library. Nothing is replaced by a double."""

import errno
import gc
import os
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import syslab  # noqa: E402


class Counting(syslab.Allocator):
    def __init__(self, allowed=None):
        super().__init__()
        self.live, self.calls, self.live_bytes, self.allowed = 0, 0, 0, allowed

    def _refused(self):
        self.calls += 1
        return self.allowed is not None and self.calls > self.allowed

    def alloc(self, size_bytes, align):
        if self._refused():
            return None
        self.live += 1
        self.live_bytes += size_bytes
        return super().alloc(size_bytes, align)

    def resize(self, block, old_bytes, new_bytes, align):
        if self._refused():
            return None
        self.live += not block
        self.live_bytes += new_bytes - old_bytes
        return super().resize(block, old_bytes, new_bytes, align)

    def free(self, block, size_bytes, align):
        self.live -= 1
        self.live_bytes -= size_bytes
        super().free(block, size_bytes, align)


class Raising(syslab.Allocator):
    def alloc(self, size_bytes, align):
        raise ZeroDivisionError("in the callback")


class TestArena(unittest.TestCase):
    def test_a_block_is_written_and_read(self):
        with syslab.Arena() as arena:
            block = arena.alloc(1000, 64)
            self.assertEqual(bytes(block), bytes(1000))
            block[:5] = b"hello"
            other = arena.alloc(1000)
            self.assertEqual(bytes(block[:5]), b"hello")
            self.assertEqual(bytes(other), bytes(1000))
            self.assertGreaterEqual(arena.reserved_bytes(), 2000)
            del block, other

    def test_views_keep_the_arena(self):
        counting = Counting()
        arena = syslab.Arena(counting)
        view = arena.alloc(100)
        part = view[10:20]
        del view, arena
        gc.collect()
        part[:] = b"0123456789"  # would be a write after free
        self.assertGreater(counting.live, 0)
        self.assertEqual(bytes(part), b"0123456789")
        del part
        gc.collect()
        self.assertEqual((counting.live, counting.live_bytes), (0, 0))

    def test_reset_and_close_are_refused_while_views_live(self):
        arena = syslab.Arena()
        view = arena.alloc(8)
        self.assertRaises(BufferError, arena.reset)
        self.assertRaises(BufferError, arena.close)
        del view
        arena.reset()
        arena.close()
        arena.close()  # a second time is nothing
        with self.assertRaisesRegex(ValueError, "closed"):
            arena.alloc(8)

    def test_bad_arguments(self):
        arena = syslab.Arena()
        self.assertRaises(ValueError, arena.alloc, 8, 3)
        self.assertRaises(ValueError, arena.alloc, 8, 0)
        self.assertRaises(ValueError, arena.alloc, -1)
        self.assertRaises(MemoryError, arena.alloc, 1 << 62)
        self.assertEqual(len(arena.alloc(0)), 0)

    def test_threads_share_one(self):
        arena, errors = syslab.Arena(), []

        def work(mark):
            try:
                views = [arena.alloc(24) for _ in range(500)]
                for view in views:
                    view[:] = bytes([mark]) * 24
                if any(bytes(view) != bytes([mark]) * 24 for view in views):
                    errors.append(mark)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])


class TestSlab(unittest.TestCase):
    def test_keys(self):
        slab = syslab.Slab(4)
        first, second = slab.insert(b"abcd"), slab.insert(b"efgh")
        self.assertEqual(slab[second], b"efgh")
        self.assertEqual(slab.remove(first), b"abcd")
        third = slab.insert(b"ijkl")
        self.assertNotEqual(first, third)
        with self.assertRaises(KeyError):
            slab[first]
        self.assertRaises(KeyError, slab.remove, first)
        with self.assertRaises(KeyError):
            slab[2**64 - 1]
        self.assertEqual(len(slab), 2)
        self.assertRaises(ValueError, slab.insert, b"abc")
        slab.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            len(slab)

    def test_an_element_too_large(self):
        self.assertRaises(ValueError, syslab.Slab, 1 << 40)


class TestBytes(unittest.TestCase):
    def test_slices_share_without_a_copy(self):
        counting = Counting()
        whole = syslab.Bytes.copy(b"hello, world", counting)
        calls = counting.calls
        part = whole.slice(7, 5)
        view = part.view()
        self.assertEqual(counting.calls, calls)
        del whole, part
        gc.collect()
        self.assertEqual(bytes(view), b"world")
        self.assertTrue(view.readonly)
        with self.assertRaises(TypeError):
            view[0] = 0
        self.assertEqual(counting.live, 1)
        del view
        gc.collect()
        self.assertEqual(counting.live, 0)

    def test_a_slice_outside(self):
        whole = syslab.Bytes.copy(b"abc")
        self.assertRaises(IndexError, whole.slice, 1, 3)
        self.assertRaises(IndexError, whole.slice, -1, 1)
        self.assertEqual(len(whole.slice(3, 0).view()), 0)

    def test_python_memory_is_shared_until_c_is_done(self):
        buffer, released = bytearray(b"from Python"), []
        whole = syslab.Bytes.adopt(buffer, lambda: released.append(True))
        part = whole.slice(5, 6)
        buffer[5:] = b"PYTHON"  # one memory
        self.assertEqual(bytes(part), b"PYTHON")
        self.assertRaises(BufferError, buffer.append, 0)
        del whole
        gc.collect()
        self.assertEqual(released, [])
        del part
        gc.collect()
        self.assertEqual(released, [True])
        buffer.append(0)

    def test_a_file(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"in a file")
            file.flush()
            self.assertEqual(bytes(syslab.Bytes.map(file.name).slice(5, 4)), b"file")
        with self.assertRaisesRegex(FileNotFoundError, "/no/such/file"):
            syslab.Bytes.map("/no/such/file")
        with self.assertRaisesRegex(OSError, "Invalid argument: '/'"):
            syslab.Bytes.map("/")


class TestIntern(unittest.TestCase):
    def test_texts(self):
        intern = syslab.Intern()
        number = intern.put("größe")
        self.assertEqual(intern.put("größe".encode()), number)
        self.assertEqual(intern.text(number), "größe")
        self.assertEqual(intern.find("größe"), number)
        self.assertIsNone(intern.find("none"))
        self.assertRaises(KeyError, intern.text, 99)
        zeros = intern.put(b"a\0b")
        self.assertEqual(intern.bytes(zeros), b"a\0b")
        self.assertEqual(len(intern), 2)

    def test_bytes_that_are_no_text(self):
        intern = syslab.Intern()
        number = intern.put(b"\xff\xfe")
        self.assertRaises(UnicodeDecodeError, intern.text, number)
        self.assertEqual(intern.bytes(number), b"\xff\xfe")
        self.assertRaises(UnicodeEncodeError, intern.put, "\ud800")

    def test_full(self):
        intern = syslab.Intern(max_count=1)
        intern.put("a")
        with self.assertRaises(OSError) as raised:
            intern.put("b")
        self.assertEqual(raised.exception.errno, errno.ENOSPC)

    def test_threads_agree(self):
        intern, tables = syslab.Intern(), []

        def work():
            tables.append([intern.put(f"word {n}") for n in range(300)])

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(tables), 4)
        self.assertTrue(all(table == tables[0] for table in tables))
        self.assertEqual(len(intern), 300)


class TestAllocator(unittest.TestCase):
    def use(self, allocator):
        arena = syslab.Arena(allocator)
        arena.alloc(100)
        slab = syslab.Slab(8, allocator)
        slab.insert(bytes(8))
        syslab.Bytes.copy(b"abc", allocator)
        syslab.Intern(allocator).put("a")

    def test_every_refusal_is_a_memory_error_and_nothing_leaks(self):
        refusals = 0
        while True:
            allocator = Counting(allowed=refusals)
            try:
                self.use(allocator)
                break
            except MemoryError:
                refusals += 1
            gc.collect()
            self.assertEqual((allocator.live, allocator.live_bytes), (0, 0))
        self.assertGreaterEqual(refusals, 6)
        gc.collect()
        self.assertEqual((allocator.live, allocator.live_bytes), (0, 0))

    def test_an_exception_in_the_callback_is_the_cause(self):
        with self.assertRaises(MemoryError) as raised:
            syslab.Arena(Raising())
        self.assertIsInstance(raised.exception.__cause__, ZeroDivisionError)

    def test_the_allocator_lives_as_long_as_what_it_made(self):
        arena = syslab.Arena(Counting())
        gc.collect()
        self.assertEqual(len(arena.alloc(100000)), 100000)


class TestLibrary(unittest.TestCase):
    def test_version(self):
        self.assertEqual(len(syslab.version()), 3)

    def test_another_library_is_refused(self):
        with self.assertRaisesRegex(OSError, "no ffi_version"):
            syslab.load("libc.so.6")
        with self.assertRaises(OSError):
            syslab.load("/no/such/libsyslab.so.0")


if __name__ == "__main__":
    syslab.load(sys.argv.pop(1))
    unittest.main()
