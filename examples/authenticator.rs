//! An authenticator app from enrolment to login: the QR code, the code that the app shows, and why the same code does not pass twice.
//!
//! ```sh
//! cargo run --example authenticator --features qr
//! ```

#![expect(clippy::disallowed_methods, reason = "an application has a clock")]

use std::error::Error;
use std::io::stdin;
use std::time::{SystemTime, UNIX_EPOCH};

use otpost::otp::{Code, KeyUri, Qr, Secret, Window};

fn main() -> Result<(), Box<dyn Error>> {
    // Enrolment. Keep the secret encrypted, with the step that was used last beside it.
    let secret = Secret::generate()?;
    let key = KeyUri::totp(secret, "alice@example.com")?.with_issuer("Acme")?;
    println!("{}", Qr::of(&key)?.to_terminal().expose());
    println!("Scan it, and type what the app shows. An empty line does it for you.");

    // Login.
    let totp = key.to_totp().ok_or("not a key for TOTP")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut typed = String::new();
    stdin().read_line(&mut typed)?;
    if typed.trim().is_empty() {
        totp.generate_at(now).expose().clone_into(&mut typed);
    }
    let code = Code::parse(typed.trim())?;
    let last_used = None;
    let Some(matched) = totp.verify_at(now, &code, Window::default(), last_used) else {
        return Err("the code is wrong".into());
    };
    println!("Welcome. The clock of the app is {} steps away.", matched.drift);

    // Stored before anything is granted, `UPDATE … SET last_step = ? WHERE last_step IS NULL OR last_step < ?`, it makes the code a one-time code.
    let last_used = Some(matched.counter);
    assert!(totp.verify_at(now, &code, Window::default(), last_used).is_none());
    println!("The same code does not pass again.");
    Ok(())
}
