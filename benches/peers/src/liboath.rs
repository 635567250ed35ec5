//! The OATH Toolkit's library, in C.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::hint::black_box;
use std::ptr::null_mut;

use crate::{Contender, Hash, STEP, Task, UNIX};

unsafe extern "C" {
    fn oath_init() -> c_int;
    fn oath_totp_generate2(
        secret: *const c_char,
        length: usize,
        now: i64,
        step: c_uint,
        start: i64,
        digits: c_uint,
        flags: c_int,
        code: *mut c_char,
    ) -> c_int;
    fn oath_totp_validate4(
        secret: *const c_char,
        length: usize,
        now: i64,
        step: c_uint,
        start: i64,
        window: usize,
        position: *mut c_int,
        counter: *mut u64,
        flags: c_int,
        code: *const c_char,
    ) -> c_int;
    fn oath_hotp_validate(
        secret: *const c_char,
        length: usize,
        counter: u64,
        window: usize,
        code: *const c_char,
    ) -> c_int;
}

const WRONG: &CStr = c"000000";

fn flags(hash: Hash) -> c_int {
    match hash {
        Hash::Sha1 => 0,
        Hash::Sha256 => 1,
        Hash::Sha512 => 2,
    }
}

fn generate(hash: Hash) -> [u8; 7] {
    let (key, mut code) = (black_box(hash.key()), [0; 7]);
    // SAFETY: the key is as long as is said, and six digits and a zero have room in the code.
    let error = unsafe {
        let (key, length) = (key.as_ptr().cast(), key.len());
        let (now, step) = (black_box(UNIX).cast_signed(), STEP as c_uint);
        oath_totp_generate2(key, length, now, step, 0, 6, flags(hash), code.as_mut_ptr().cast())
    };
    assert_eq!(error, 0);
    code
}

pub fn code(hash: Hash) -> String {
    // SAFETY: it may be called any number of times.
    assert_eq!(unsafe { oath_init() }, 0);
    CStr::from_bytes_with_nul(&generate(hash)).unwrap().to_str().unwrap().to_owned()
}

fn verify(hash: Hash) -> bool {
    let (key, wrong) = (black_box(hash.key()), black_box(WRONG));
    // SAFETY: the key is as long as is said, the code ends with a zero, and both results may be left out.
    let found = unsafe {
        let (key, length) = (key.as_ptr().cast(), key.len());
        let (now, step) = (black_box(UNIX).cast_signed(), STEP as c_uint);
        oath_totp_validate4(
            key,
            length,
            now,
            step,
            0,
            1,
            null_mut(),
            null_mut(),
            flags(hash),
            wrong.as_ptr(),
        )
    };
    found >= 0
}

fn look_ahead(hash: Hash) -> bool {
    let (key, wrong) = (black_box(hash.key()), black_box(WRONG));
    // SAFETY: the key is as long as is said, and the code ends with a zero.
    let found = unsafe {
        let (key, length) = (key.as_ptr().cast(), key.len());
        oath_hotp_validate(key, length, black_box(UNIX / STEP), 100, wrong.as_ptr())
    };
    found >= 0
}

/// It keeps nothing ready, and its HOTP is SHA-1 alone.
pub fn contender(hash: Hash, task: Task) -> Option<Contender> {
    Some(match task {
        Task::Generate => Contender::making("liboath", move || generate(hash)),
        Task::Verify | Task::ColdVerify => Contender::new("liboath", move || verify(hash)),
        Task::LookAhead if hash == Hash::Sha1 => {
            Contender::new("liboath", move || look_ahead(hash))
        }
        Task::LookAhead => return None,
    })
}
