//! A program that uses all gateways with their examples.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    otpost::gateways::all().try_for_each(otpost_size::build_spec)
}
