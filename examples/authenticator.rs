//! An authenticator app, from enrolment to login: show the QR code, verify the code from the app,
//! and reject the same code when it is used again.
//!
//! ```sh
//! cargo run --example authenticator --features qr
//! ```

#![expect(clippy::disallowed_methods, reason = "an application reads the system clock")]

use std::error::Error;
use std::io::stdin;
use std::time::{SystemTime, UNIX_EPOCH};

use otpost::otp::{Code, KeyUri, Qr, Secret, Window};

fn main() -> Result<(), Box<dyn Error>> {
    // Enrolment. Store the secret encrypted, together with the last used time step.
    let secret = Secret::generate()?;
    let key = KeyUri::totp(secret, "alice@example.com")?.with_issuer("Acme")?;
    println!("{}", Qr::of(&key)?.to_terminal().expose());
    println!(
        "Scan the QR code and type the code from the app, or press Enter to generate it here."
    );

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
    println!("Welcome. The clock of the app differs by {} time steps.", matched.drift);

    // Store the step before you grant access, and only if it increases. Otherwise the code could be
    // used twice: `UPDATE … SET last_step = ? WHERE last_step IS NULL OR last_step < ?`.
    let last_used = Some(matched.counter);
    assert!(totp.verify_at(now, &code, Window::default(), last_used).is_none());
    println!("The same code is not accepted again.");
    Ok(())
}
