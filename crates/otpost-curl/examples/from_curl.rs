//! Paste the curl command that works, get the TOML: here the one of the operator whose access gateway could only say "Couldn't
//! connect to server". Give number, text and perhaps code to read a command of your own from the standard input.
//!
//! ```sh
//! cargo run --example from_curl
//! cargo run --example from_curl -- +12025550123 '123456 is your code' 123456 < command.sh
//! ```

use std::error::Error;
use std::io::Read;

use otpost::gateway::{GatewaySpec, Sample};
use otpost::{Code, Message, PhoneNumber, Provider};
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
        let import = GatewaySpec::from_curl(&command, &sample)?;
        println!("{}", import.spec().to_toml()?);
        eprint!("{import}");
        return Ok(());
    }

    println!("The command that works:\n{COMMAND}");
    let sample = Sample::new(PhoneNumber::parse("+12025550123")?, "123456 is your code");
    let import = GatewaySpec::from_curl(COMMAND, &sample)?;
    println!("The same for every message, without the password:\n\n{}", import.spec().to_toml()?);
    println!("What was found, and what to look at:\n\n{import}");

    // A mock stands in for the gateway; the values are those of the command.
    let mock = MockGateway::start(import.spec()).await?;
    mock.answer_always(MockAnswer::new(200, "{}"));
    let gateway = import.gateway().origin(&mock.origin()).build()?;
    let message = Message::new(PhoneNumber::parse("+33612345678")?, "654321 is your code")?;
    gateway.send(&message).await?;

    let arrived = mock.requests();
    let request = arrived.first().ok_or("nothing arrived")?;
    let fields = ["messageText", "destinationAddress", "username"]
        .map(|name| request.form(name).unwrap_or_default());
    println!("What arrived for another message: {fields:?}");
    Ok(())
}
