//! Converts the curl command of a gateway to TOML, and sends another message with it to a mock
//! gateway.
//!
//! Pass a phone number, a text and optionally a code to convert a command from standard input.
//!
//! ```sh
//! cargo run -p otpost-curl --example from_curl
//! cargo run -p otpost-curl --example from_curl -- \
//!     +12025550123 '123456 is your code' 123456 < command.sh
//! ```

use std::error::Error;
use std::io::Read;

use otpost::{Code, Message, PhoneNumber, Provider};
use otpost_curl::Sample;
use otpost_testing::{MockAnswer, MockGateway};

const COMMAND: &str = r#"
curl --location --request POST 'https://europe.ipx.com/restapi/v1/sms/send' \
  --header 'Accept: application/json' \
  --header 'Content-Type: application/x-www-form-urlencoded' \
  --data-urlencode 'messageText=123456 is your code' \
  --data-urlencode 'destinationAddress=+12025550123' \
  --data-urlencode 'username=acme' \
  --data-urlencode 'password=hunter2'
"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(number), Some(text)) = (arguments.next(), arguments.next()) {
        let mut sample = Sample::new(PhoneNumber::parse(&number)?, text);
        if let Some(code) = arguments.next() {
            sample = sample.with_code(Code::parse(&code)?);
        }
        let mut command = String::new();
        std::io::stdin().read_to_string(&mut command)?;
        let import = otpost_curl::import(&command, &sample)?;
        println!("{}", import.spec().to_toml()?);
        eprint!("{import}");
        return Ok(());
    }

    println!("The command:\n{COMMAND}");
    let sample = Sample::new(PhoneNumber::parse("+12025550123")?, "123456 is your code");
    let import = otpost_curl::import(COMMAND, &sample)?;
    println!("The spec for every message, without the password:\n\n{}", import.spec().to_toml()?);
    println!("What was found, and what needs a review:\n\n{import}");

    // The mock gateway replaces the real one. The values of the variables are those of the command.
    let mock = MockGateway::start(import.spec()).await?;
    mock.answer_always(MockAnswer::new(200, "{}"));
    let gateway = import.gateway().origin(&mock.origin()).build()?;
    let message = Message::new(PhoneNumber::parse("+33612345678")?, "654321 is your code")?;
    gateway.send(&message).await?;

    let arrived = mock.requests();
    let request = arrived.first().ok_or("nothing arrived")?;
    let fields = ["messageText", "destinationAddress", "username"]
        .map(|name| request.form(name).unwrap_or_default());
    println!("The fields of another message: {fields:?}");
    Ok(())
}
