//! Client requests of valgrind (its manual, §3.1): a sequence of instructions that does nothing outside of it.

#[cfg(target_arch = "x86_64")]
fn request(request: u64, first: u64, second: u64) -> u64 {
    let arguments = [request, first, second, 0, 0, 0];
    let mut answer = 0_u64;
    // SAFETY: four rotations by 128 bits in all leave the register as it was, and an exchange with itself does nothing.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") answer,
            out("rdi") _,
            options(nostack),
        );
    }
    answer
}

#[cfg(not(target_arch = "x86_64"))]
fn request(_: u64, _: u64, _: u64) -> u64 {
    panic!("these requests are written for x86-64 alone")
}

/// `VG_USERREQ_TOOL_BASE('M', 'C')`.
const MEMCHECK: u64 = 0x4d43_0000;

/// Whether valgrind runs this.
pub fn runs() -> bool {
    request(0x1001, 0, 0) > 0
}

/// How many errors there were that no suppression knows.
pub fn errors() -> u64 {
    request(0x1201, 0, 0)
}

/// Nothing may depend on these bytes from now on.
pub fn taint(bytes: &[u8]) {
    request(MEMCHECK + 1, bytes.as_ptr() as u64, bytes.len() as u64);
}

/// Whether a value was computed from them. It counts as an error where it was.
pub fn is_tainted(bytes: &[u8]) -> bool {
    request(MEMCHECK + 5, bytes.as_ptr() as u64, bytes.len() as u64) != 0
}

/// What was computed from them, and may be looked at.
pub fn cleared<T>(mut value: T) -> T {
    request(MEMCHECK + 2, std::ptr::from_mut(&mut value) as u64, size_of::<T>() as u64);
    value
}
