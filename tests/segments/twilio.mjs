// Texts at random and at the edges, and what Twilio's published calculator says of them: encoding, parts, and the text as JSON.
// Run by `.ci/twilio`, which installs the calculator. The first 400 lines are tests/fixtures/segments.txt.
//
// Characters of several code points (flags, families, accents apart) are left out: Twilio keeps them within a part, which the
// standard does not ask for.
import { createRequire } from "node:module";

const { SegmentedMessage } = createRequire(process.argv[2] + "/")("sms-segments-calculator");
const count = Number(process.argv[3] ?? 2400);

let state = 0x2545f491n;
const random = (below) => {
  state ^= (state << 13n) & 0xffffffffffffffffn;
  state ^= state >> 7n;
  state ^= (state << 17n) & 0xffffffffffffffffn;
  return Number(state % BigInt(below));
};
const one = (list) => list[random(list.length)];

const gsm = [..."abcxyzABCXYZ0189 .,:;!?@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ\"#¤%&'()*+-/<=>¡ÄÖÑÜ§¿äöñüà\n\r"];
const extended = [..."^{}\\[~]|€"];
const others = [..."çáóúâêîôûãõëïœžšřłąęțșğıİżđÐþŸЖжщЩїґאבגدרسكักขไआकखমরகతಕമ中文字漢語日本語かなカナ한국어ابثΑΒΕΖάέήίόύώ`´‘’“”„«»–—…•\u00a0\u2009\u200b\u2126\u00b5™©®°×÷½²№₹₽₺₪฿\t"];
const astral = [..."😀🔐📱✅🎉𝒜𐍈🀄🚀🦀"].filter((c) => c.length === 2);
const edges = [1, 2, 69, 70, 71, 66, 67, 68, 133, 134, 135, 200, 201, 202, 152, 153, 154, 159, 160, 161, 305, 306, 307, 458, 459, 460];

const text = (kind) => {
  const length = Math.max(0, one(edges) + random(5) - 2);
  let made = "";
  for (let at = 0; at < length; at++) {
    const dice = random(100);
    if (kind === 0) made += dice < 97 ? one(gsm) : one(extended);
    else if (kind === 1) made += dice < 70 ? one(gsm) : one(extended);
    else if (kind === 2) made += dice < 50 ? one(gsm) : one(others);
    else if (kind === 3) made += dice < 80 ? one(others) : one(astral);
    else made += "a";
  }
  if (kind === 4) {
    // One character of another kind at any place.
    const at = random(made.length + 1);
    made = made.slice(0, at) + one([...extended, ...others, ...astral]) + made.slice(at);
  }
  // Two that the calculator's splitter joins to one.
  return made.replaceAll("\r\n", "\n\r");
};

// Where a pair does not fit into what is left of a part.
const fixed = [
  "",
  "123456 is your Acme code.\n\n@acme.example #123456",
  "a".repeat(152) + "€" + "a".repeat(20),
  "a".repeat(152) + "€" + "a".repeat(152),
  "a".repeat(152) + "€" + "a".repeat(151) + "€" + "a".repeat(152),
  "ж".repeat(66) + "😀" + "ж".repeat(66),
  "ж".repeat(66) + "😀" + "ж".repeat(64) + "😀" + "ж".repeat(66),
];
for (let at = 0; at < count; at++) {
  const made = fixed[at] ?? text(at % 5);
  const message = new SegmentedMessage(made);
  console.log(`${message.getEncodingName()} ${message.segmentsCount} ${JSON.stringify(made)}`);
}
