//! A program that calls the constructor of one gateway.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    otpost_size::build(otpost::gateways::kannel("https://sms.example", "tester", "foobar"))
}
