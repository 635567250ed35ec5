#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

use core::alloc::{GlobalAlloc, Layout};

use otpost::message::{Message, Segments, TextTemplate};
use otpost::otp::{Code, Hotp, KeyUri, LookAhead, Migration, Secret, Totp, Window};
use otpost::phone::PhoneNumber;

struct Nothing;

// SAFETY: there is no memory, which an allocator may say by a null pointer.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Nothing = Nothing;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// What each room of the core is for.
pub fn core_of(key: &[u8], typed: &str, number: &str, unix: u64) -> Option<usize> {
    let secret = Secret::from_bytes(key).ok()?;
    let hotp = Hotp::new(&secret);
    let code = Code::parse(typed).ok()?;
    let matched = hotp.verify(&code, unix, LookAhead::default())?;
    let uri = KeyUri::hotp(secret.clone(), number, matched.next_counter).ok()?.to_uri();
    Migration::export(&[KeyUri::parse(uri.expose()).ok()?], 0).ok()?;
    let matched = Totp::new(&secret).verify_at(unix, &code, Window::default(), None)?;
    let text = TextTemplate::parse("{{code}}").ok()?;
    let to = PhoneNumber::parse(number).ok()?;
    let lifetime = core::time::Duration::from_secs(matched.counter);
    let message = Message::compose(to, &text, &code, lifetime).ok()?;
    Some(Segments::of(message.text().expose()).count)
}
