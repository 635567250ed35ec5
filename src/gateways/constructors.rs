//! The constructors of the catalogue.
//!
//! Generated from the files in this folder. To change them, change a file and run
//! `OTPOST_BLESS=1 cargo test -p otpost-tests --all-features -- catalogue::constructors`.

use super::entry::{
    BareSpec, CatalogueEntry, JoinedSpecs, bare, bare_length, catalogue, ends, joined, spec_text,
    texts, total,
};
use crate::gateway::{GatewaySpec, HttpGatewayBuilder, VarSource};

catalogue! {
    /// Creates a gateway for 2Factor.
    ///
    /// - `api_key`: The API key.
    /// - `template`: The name of the approved template.
    gateway_2factor = "2factor" (api_key, template);

    /// Creates a gateway for 46elks.
    ///
    /// - `username`: The API username.
    /// - `password`: The API password.
    /// - `sender`: The sender: a name, or a number with plus.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports, without a query: `?ref=ID` is added.
    gateway_46elks = "46elks" (username, password, sender);

    /// Creates a gateway for 4jawaly.
    ///
    /// - `api_key`: The API key.
    /// - `api_secret`: The API secret.
    /// - `sender`: An approved sender name that is not for advertising.
    gateway_4jawaly = "4jawaly" (api_key, api_secret, sender);

    /// Creates a gateway for Africa's Talking.
    ///
    /// - `username`: The name of the application.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: A registered name or short code.
    /// - `origin`: The production or the sandbox host. Defaults to
    ///   `https://api.africastalking.com`.
    africastalking = "africastalking" (username, api_key);

    /// Creates a gateway for Alibaba Cloud SMS (Dysmsapi).
    ///
    /// - `access_key_id`: The id of the access key.
    /// - `access_key_secret`: The secret of the access key.
    /// - `sign_name`: The approved signature.
    /// - `template_id`: The code of the approved template, such as `SMS_153055065`.
    ///
    /// Options:
    ///
    /// - `origin`: The regional endpoint. Defaults to `https://dysmsapi.aliyuncs.com`.
    aliyun = "aliyun" (access_key_id, access_key_secret, sign_name, template_id);

    /// Creates a gateway for allMySMS.
    ///
    /// - `username`: The login of the account.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender name.
    allmysms = "allmysms" (username, api_key);

    /// Creates a gateway for ASPSMS (JSON).
    ///
    /// - `username`: The userkey of the account.
    /// - `password`: The API password.
    /// - `sender`: The sender: a number, or a name of up to 11 letters that the account may use.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports, without a query.
    aspsms = "aspsms" (username, password, sender);

    /// Creates a gateway for AWS End User Messaging SMS.
    ///
    /// - `access_key_id`: The id of the access key.
    /// - `secret_access_key`: The secret of the access key.
    /// - `region`: The AWS region, such as `eu-central-1`.
    ///
    /// Options:
    ///
    /// - `session_token`: The session token of temporary keys, as from AWS STS.
    /// - `sender`: The number, sender ID or pool, by its name or ARN.
    /// - `configuration_set`: The configuration set, which has the event destinations.
    /// - `protect_configuration`: The protect configuration, which lists the allowed countries.
    /// - `max_price`: The maximum price of a part in US dollars, such as `0.08`.
    aws_eum = "aws-eum" (access_key_id, secret_access_key, region);

    /// Creates a gateway for Amazon SNS (Publish).
    ///
    /// - `region`: The AWS region, such as eu-central-1.
    /// - `access_key_id`: The id of the access key.
    /// - `secret_access_key`: The secret access key.
    ///
    /// Options:
    ///
    /// - `session_token`: The session token of temporary keys, as from AWS STS.
    /// - `sender`: The sender: a sender id, or a number of the account.
    /// - `message_type`: The type of SMS: Transactional or Promotional. Defaults to
    ///   `Transactional`.
    aws_sns = "aws-sns" (region, access_key_id, secret_access_key);

    /// Creates a gateway for Azure Communication Services (SMS).
    ///
    /// - `origin`: The endpoint, such as `https://acme.communication.azure.com`.
    /// - `access_key`: The access key of the resource (Base64).
    /// - `sender`: A number of the resource in E.164 format, or a name.
    azure = "azure" (origin, access_key, sender);

    /// Creates a gateway for Bandwidth (Messaging v2).
    ///
    /// - `account_id`: The account id, of 7 digits.
    /// - `application_id`: The id of the messaging application.
    /// - `username`: The name of the API user.
    /// - `password`: The password of the API user.
    /// - `sender`: An own number in E.164 format, or a name of up to 11 characters.
    ///
    /// Options:
    ///
    /// - `report_username`: The callback user of the application.
    /// - `report_password`: The callback password of the application.
    bandwidth = "bandwidth" (account_id, application_id, username, password, sender);

    /// Creates a gateway for Beem Africa.
    ///
    /// - `api_key`: The API key for SMS.
    /// - `api_secret`: The secret key.
    /// - `sender`: The approved sender, at most 11 characters.
    beem = "beem" (api_key, api_secret, sender);

    /// Creates a gateway for Bird (Channels API).
    ///
    /// - `workspace_id`: The id of the workspace.
    /// - `channel_id`: The id of the SMS channel, which determines the sender.
    /// - `access_key`: The access key.
    ///
    /// Options:
    ///
    /// - `report_secret`: The signing key of the webhook subscription for sms.outbound.
    bird_channels = "bird-channels" (workspace_id, channel_id, access_key);

    /// Creates a gateway for Bird (platform API).
    ///
    /// - `region`: The region, which is the second part of the API key: `bk_REGION_…`.
    /// - `api_key`: The API key of the workspace.
    /// - `sender`: A number or short code of the workspace, or a name of up to 11 characters.
    ///
    /// Options:
    ///
    /// - `report_secret`: The signing secret of the webhook, which begins with `whsec_`.
    bird_platform = "bird-platform" (region, api_key, sender);

    /// Creates a gateway for Brevo (transactional SMS).
    ///
    /// - `api_key`: The API key.
    /// - `sender`: A name of up to 11 letters and digits, or up to 15 digits.
    ///
    /// Options:
    ///
    /// - `organisation_prefix`: A name before the text, recommended for the United States.
    /// - `report_url`: The URL for delivery reports, without a query.
    brevo = "brevo" (api_key, sender);

    /// Creates a gateway for BulkSMS (JSON REST API).
    ///
    /// - `username`: The id of the API token, or the user name.
    /// - `password`: The secret of the API token, or the password.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: up to 11 characters, or a number.
    /// - `routing_group`: `ECONOMY`, `STANDARD` or `PREMIUM`.
    bulksms = "bulksms" (username, password);

    /// Creates a gateway for Clickatell (One API).
    ///
    /// - `api_key`: The key of the API integration.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a name or a number.
    /// - `report_username`: The user name that the integration has for the callback.
    /// - `report_password`: The password that the integration has for the callback.
    clickatell = "clickatell" (api_key);

    /// Creates a gateway for Clickatell (Central HTTP).
    ///
    /// - `username`: The user name of the account.
    /// - `password`: The password of the account.
    /// - `api_id`: The id of the HTTP API product.
    ///
    /// Options:
    ///
    /// - `sender`: A registered sender.
    /// - `deliv_ack`: The value 1 requests reports at the callback URL of the account.
    clickatell_http = "clickatell-http" (username, password, api_id);

    /// Creates a gateway for ClickSend (SMS v3).
    ///
    /// - `username`: The username of the account.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a name or a number.
    clicksend = "clicksend" (username, api_key);

    /// Creates a gateway for CM.com (Business Messaging).
    ///
    /// - `token`: The product token.
    /// - `sender`: The sender: up to 11 letters and digits, or up to 16 digits.
    cm = "cm" (token, sender);

    /// Creates a gateway for Comtele.
    ///
    /// - `api_key`: The key of the account, a UUID.
    /// - `sender`: A label for the message, not its sender on the phone.
    comtele = "comtele" (api_key, sender);

    /// Creates a gateway for Contact Everyone (Orange Business).
    ///
    /// - `token`: The token of the account.
    ///
    /// Options:
    ///
    /// - `category`: The category of the message.
    /// - `diffusion_name`: The name of the message in the portal.
    contact_everyone = "contact-everyone" (token);

    /// Creates a gateway for D7 Networks.
    ///
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender. Defaults to `SignOTP`.
    /// - `report_url`: The URL for delivery reports.
    d7networks = "d7networks" (token);

    /// Creates a gateway for Diafaan SMS Server.
    ///
    /// - `origin`: The web connector, usually on port 9710.
    ///
    /// Options:
    ///
    /// - `username`: The user of the server; without one, it is the guest user.
    /// - `password`: The password of the user.
    /// - `sender`: The sender.
    /// - `gateway`: The gateways of the server that may send it, with `;` between them.
    diafaan = "diafaan" (origin);

    /// Creates a gateway for Dinstar UC2000 and DWG.
    ///
    /// - `origin`: The address of the device, such as `https://10.0.0.5`.
    /// - `username`: The API user of the device.
    /// - `password`: The password of the API user.
    dinstar = "dinstar" (origin, username, password);

    /// Creates a gateway for eCall (HTTPS interface).
    ///
    /// - `username`: The user of the interface account.
    /// - `password`: The password of the interface account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a number or a name.
    ecall = "ecall" (username, password);

    /// Creates a gateway for EgoSMS.
    ///
    /// - `username`: The user name of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, at most 11 characters; without one, the name of the account.
    /// - `priority`: The priority, from 0 for the highest to 4 for the lowest. Defaults to `0`.
    egosms = "egosms" (username, password);

    /// Creates a gateway for Esendex.
    ///
    /// - `account_reference`: The reference of the account, such as `EX0000000`.
    /// - `username`: The e-mail address of the user.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a name or a number.
    esendex = "esendex" (account_reference, username, password);

    /// Creates a gateway for Eskiz.
    ///
    /// - `username`: The e-mail address of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender; the default is shared by all accounts. Defaults to `4546`.
    /// - `report_url`: The https URL for delivery reports.
    eskiz = "eskiz" (username, password);

    /// Creates a gateway for eSMS (Vietnam).
    ///
    /// - `api_key`: The API key.
    /// - `api_secret`: The secret key.
    /// - `sender`: The registered brand name.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports.
    esms = "esms" (api_key, api_secret, sender);

    /// Creates a gateway for Exotel.
    ///
    /// - `account_sid`: The SID of the account.
    /// - `api_key`: The API key.
    /// - `token`: The API token.
    /// - `sender`: The ExoPhone, or a sender ID that is linked to it.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports.
    /// - `origin`: `https://api.in.exotel.com` is in Mumbai. Defaults to `https://api.exotel.com`.
    /// - `dlt.entity_id`: The id of the entity that is registered in India.
    /// - `dlt.template_id`: The id of the template that is registered in India.
    exotel = "exotel" (account_sid, api_key, token, sender);

    /// Creates a gateway for Fast2SMS (OTP route).
    ///
    /// - `api_key`: The API key.
    fast2sms = "fast2sms" (api_key);

    /// Creates a gateway for Fast2SMS (DLT route).
    ///
    /// - `api_key`: The API key.
    /// - `sender`: The registered header: 3 to 6 letters.
    fast2sms_dlt = "fast2sms-dlt" (api_key, sender);

    /// Creates a gateway for sms-gammu-gateway.
    ///
    /// - `origin`: The address of the server, such as `http://10.0.0.5:5000`.
    /// - `username`: A user of `credentials.txt`.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `smsc`: The number of the SMS centre, instead of that of the SIM card.
    gammu_rest = "gammu-rest" (origin, username, password);

    /// Creates a gateway for GatewayAPI (REST).
    ///
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: up to 11 characters, or up to 15 digits.
    /// - `message_class`: `standard`, `premium` or `secret`.
    /// - `report_url`: The URL for delivery reports.
    /// - `origin`: Or `https://gatewayapi.eu`, for accounts in the EU. Defaults to
    ///   `https://gatewayapi.com`.
    /// - `report_secret`: The authentication token of the webhook.
    gatewayapi = "gatewayapi" (token);

    /// Creates a gateway for GoIP SMS server (JSON).
    ///
    /// - `origin`: The address of the SMS server, such as `http://10.0.0.5`.
    /// - `username`: The name of the user.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `provider`: The provider, a group of lines on the server.
    /// - `line`: The line of the device that sends the message.
    goip = "goip" (origin, username, password);

    /// Creates a gateway for GOV.UK Notify.
    ///
    /// - `service_id`: The id of the service, from the API key.
    /// - `secret`: The secret, from the end of the API key.
    /// - `template_id`: The id of the template.
    ///
    /// Options:
    ///
    /// - `sender_id`: The id of a configured sender.
    /// - `origin`: The address of the API. Defaults to `https://api.notifications.service.gov.uk`.
    /// - `report_secret`: The bearer token that is set with the callback.
    gov_uk_notify = "gov-uk-notify" (service_id, secret, template_id);

    /// Creates a gateway for Gupshup (Enterprise SMS, India).
    ///
    /// - `user_id`: The user id of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The registered sender header, called mask.
    /// - `override_dnd`: Send to numbers in the do-not-disturb register: `true` or `false`.
    gupshup = "gupshup" (user_id, password);

    /// Creates a gateway for Gupshup (WhatsApp templates).
    ///
    /// - `api_key`: The API key.
    /// - `sender`: The WhatsApp number of the business.
    /// - `app_name`: The name of the app at Gupshup.
    /// - `template_id`: The id of the approved template.
    gupshup_whatsapp = "gupshup-whatsapp" (api_key, sender, app_name, template_id);

    /// Creates a gateway for Hormuud Telecom.
    ///
    /// - `username`: The username for the API.
    /// - `password`: The password for the API.
    /// - `sender`: The sender: a short code or a name.
    hormuud = "hormuud" (username, password, sender);

    /// Creates a gateway for httpSMS (Android phone).
    ///
    /// - `api_key`: The API key of the user.
    /// - `sender`: The number of the phone, with plus.
    ///
    /// Options:
    ///
    /// - `origin`: Or your server: `http://10.0.0.5:8000`. Defaults to `https://api.httpsms.com`.
    /// - `report_secret`: The signing key of the webhook.
    httpsms = "httpsms" (api_key, sender);

    /// Creates a gateway for Huawei HiLink and LTE routers.
    ///
    /// - `origin`: The device, such as `http://192.168.8.1`.
    huawei_hilink = "huawei-hilink" (origin);

    /// Creates a gateway for Huawei Cloud Message & SMS.
    ///
    /// - `origin`: The access address, shown with the application in the console.
    /// - `api_key`: The key of the application (APP_Key).
    /// - `api_secret`: The secret of the application (APP_Secret).
    ///
    /// Options:
    ///
    /// - `template_id`: The id of the template, of the application or of each message. It comes
    ///   with each message.
    /// - `sender`: The channel number of the signature; required in mainland China.
    /// - `sign_name`: The name of the signature, for general templates only.
    /// - `report_url`: The URL for delivery reports.
    huaweicloud_sms = "huaweicloud-sms" (origin, api_key, api_secret);

    /// Creates a gateway for Hubtel.
    ///
    /// - `client_id`: The client id of the API key.
    /// - `client_secret`: The client secret of the API key.
    /// - `sender`: The sender, at most 11 characters.
    hubtel = "hubtel" (client_id, client_secret, sender);

    /// Creates a gateway for İleti Merkezi.
    ///
    /// - `api_key`: The API key.
    /// - `api_hash`: The hash of the API key, which the panel shows.
    /// - `sender`: The approved sender: up to 11 characters, without Turkish letters.
    iletimerkezi = "iletimerkezi" (api_key, api_hash, sender);

    /// Creates a gateway for Infobip (SMS API v3).
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a registered name or a number.
    /// - `report_url`: The URL for delivery reports.
    /// - `origin`: The base URL of the account, if it has its own. Defaults to
    ///   `https://api.infobip.com`.
    infobip = "infobip" (api_key);

    /// Creates a gateway for iSendPro Telecom.
    ///
    /// - `api_key`: The keyid of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: 4 to 11 letters, digits and blanks, and not only digits.
    /// - `no_stop`: Set to 1 for texts without the STOP mention, if the account may send them.
    isendpro = "isendpro" (api_key);

    /// Creates a gateway for Jasmin SMS Gateway.
    ///
    /// - `origin`: The address of the HTTP API, such as `http://10.0.0.5:1401`.
    /// - `username`: The name of the user.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, if the user may set one.
    /// - `report_url`: The URL for delivery reports.
    jasmin = "jasmin" (origin, username, password);

    /// Creates a gateway for Kaleyra (Messages v2).
    ///
    /// - `account_id`: The SID of the account, which is a part of the URL.
    /// - `api_key`: The API key.
    /// - `sender`: The registered sender.
    ///
    /// Options:
    ///
    /// - `message_type`: The type of the message: OTP, TXN or MKT. Defaults to `OTP`.
    /// - `report_url`: The URL for delivery reports.
    /// - `origin`: The address of the region. Defaults to `https://api.kaleyra.io`.
    kaleyra = "kaleyra" (account_id, api_key, sender);

    /// Creates a gateway for Kannel.
    ///
    /// - `origin`: The smsbox, on the port of its setting `sendsms-port`.
    /// - `username`: The user name of a `sendsms-user` group.
    /// - `password`: The password of this user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender; otherwise the `global-sender` of Kannel applies.
    /// - `report_url`: The URL for reports, with a secret in the path and without a query.
    /// - `dlr_mask`: With `dlr_url`: the sum of the events to report, such as 31 for all.
    /// - `dlr_url`: Without `report_url`: the whole URL for the reports of a message. It comes
    ///   with each message.
    kannel = "kannel" (origin, username, password);

    /// Creates a gateway for Kavenegar (Verify Lookup).
    ///
    /// - `api_key`: The API key.
    /// - `template`: The name of the approved template, whose `%token` is the code.
    ///
    /// Options:
    ///
    /// - `token2`: The second value of the template, without spaces. It comes with each message.
    /// - `token3`: The third value of the template, without spaces. It comes with each message.
    kavenegar = "kavenegar" (api_key, template);

    /// Creates a gateway for Kavenegar (Send).
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: A line of the account. Defaults to the line of the account's settings.
    kavenegar_text = "kavenegar-text" (api_key);

    /// Creates a gateway for LabsMobile (JSON API).
    ///
    /// - `username`: The e-mail address of the account.
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender; several operators replace it. Defaults to LABSMOBILE.
    /// - `report_url`: The URL for delivery reports.
    labsmobile = "labsmobile" (username, token);

    /// Creates a gateway for LINK Mobility (IPX REST).
    ///
    /// - `username`: The user name of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a name of up to 11 characters, a number or a short code.
    /// - `originator_ton`: The kind of the sender: the value 1 for a name.
    /// - `max_parts`: The maximum number of parts of a message; the gateway's default is 3.
    /// - `campaign`: The campaign name in the statistics, of up to 50 characters.
    /// - `status_report_flags`: The value 1 requests reports at the URL that LINK has registered.
    link_mobility = "link-mobility" (username, password);

    /// Creates a gateway for LOX24.
    ///
    /// - `client_id`: The client id.
    /// - `api_key`: The API key.
    /// - `sender`: The sender: up to 11 letters, digits and blanks, or a number.
    lox24 = "lox24" (client_id, api_key, sender);

    /// Creates a gateway for Mailjet SMS.
    ///
    /// - `token`: The SMS token.
    /// - `sender`: An alphanumeric sender.
    mailjet_sms = "mailjet-sms" (token, sender);

    /// Creates a gateway for Melipayamak (shared service line).
    ///
    /// - `username`: The username of the account.
    /// - `api_key`: The API key of the account.
    /// - `template_id`: The id of the approved text, whose only value is the code.
    melipayamak = "melipayamak" (username, api_key, template_id);

    /// Creates a gateway for Message Central (Message Now).
    ///
    /// - `customer_id`: The customer id of the console.
    /// - `password`: The password of the console, for the request of the token.
    ///
    /// Options:
    ///
    /// - `account_calling_code`: The calling code of the account without a plus, for the token.
    /// - `email`: The email address of the account, for the token.
    /// - `sender`: The sender id.
    message_central = "message-central" (customer_id, password);

    /// Creates a gateway for MessageBird (classic REST).
    ///
    /// - `access_key`: An access key of the classic dashboard.
    /// - `sender`: The sender: a number, or a name of up to 11 letters and digits.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports.
    /// - `report_secret`: The signing key of the dashboard, which signs reports.
    messagebird = "messagebird" (access_key, sender);

    /// Creates a gateway for MessageMedia (Sinch Engage).
    ///
    /// - `api_key`: The API key.
    /// - `api_secret`: The API secret.
    ///
    /// Options:
    ///
    /// - `sender`: A registered number, name or short code.
    /// - `origin`: The API server; `https://eu.app.api.sinch.com` in Europe. Defaults to
    ///   `https://api.messagemedia.com`.
    /// - `report_url`: The URL for delivery reports.
    messagemedia = "messagemedia" (api_key, api_secret);

    /// Creates a gateway for MikroTik RouterOS.
    ///
    /// - `origin`: The address of the service www-ssl, such as `https://10.0.0.1`.
    /// - `username`: The name of a user of the router.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `port`: The interface or port of the modem, such as `lte1` or `usb3`.
    /// - `channel`: The channel of the port, for devices with several modems.
    /// - `smsc`: The number of the SMS centre.
    mikrotik = "mikrotik" (origin, username, password);

    /// Creates a gateway for Mobizon.
    ///
    /// - `origin`: The server of the account's country, such as `https://api.mobizon.kz`.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The registered sender; without one, a default.
    mobizon = "mobizon" (origin, api_key);

    /// Creates a gateway for MoceanAPI (SMS v2).
    ///
    /// - `token`: The API token.
    /// - `sender`: The sender: a name or a number.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports.
    mocean = "mocean" (token, sender);

    /// Creates a gateway for Movider.
    ///
    /// - `api_key`: The API key.
    /// - `api_secret`: The API secret.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, such as `MOVIDEROTP` or an own name or number.
    /// - `tag`: A tag, which groups messages in statistics.
    /// - `report_url`: The URL for delivery reports, without a query.
    movider = "movider" (api_key, api_secret);

    /// Creates a gateway for Msegat.
    ///
    /// - `username`: The username of the account.
    /// - `api_key`: The API key.
    /// - `sender`: The approved sender.
    msegat = "msegat" (username, api_key, sender);

    /// Creates a gateway for MSG91 (OTP).
    ///
    /// - `api_key`: The authkey of the account.
    ///
    /// Options:
    ///
    /// - `template_id`: The id of the template, of the application or of each message. It comes
    ///   with each message.
    msg91 = "msg91" (api_key);

    /// Creates a gateway for Multi-Tech iSMS and SMSFinder.
    ///
    /// - `origin`: The address of the device, such as `http://192.168.2.1:81`.
    /// - `username`: The name of the user.
    /// - `password`: The password of the user.
    multitech_isms = "multitech-isms" (origin, username, password);

    /// Creates a gateway for NetEase Yunxin (sendtemplate).
    ///
    /// - `app_key`: The AppKey.
    /// - `app_secret`: The AppSecret.
    /// - `template_id`: The id of the approved template.
    ///
    /// Options:
    ///
    /// - `origin`: The API server; `https://sms.yunxinapi.com` is the newer one. Defaults to
    ///   `https://api.netease.im`.
    netease_yunxin = "netease-yunxin" (app_key, app_secret, template_id);

    /// Creates a gateway for Netgsm (OTP, REST v2).
    ///
    /// - `username`: The user code of the account, with API rights.
    /// - `password`: The password of this user.
    /// - `sender`: The approved sender (message header).
    ///
    /// Options:
    ///
    /// - `app_name`: The name of the application.
    netgsm = "netgsm" (username, password, sender);

    /// Creates a gateway for Notifyre.
    ///
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a number, or a sender ID.
    /// - `report_url`: The URL for delivery reports.
    /// - `report_secret`: The signing secret of the webhook.
    /// - `api_version`: The version of the API. Defaults to `20220711`.
    notifyre = "notifyre" (token);

    /// Creates a gateway for NowSMS Gateway.
    ///
    /// - `origin`: The web interface, usually on port 8800.
    /// - `username`: The name of an account under "SMS Users".
    /// - `password`: The password of this account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender.
    nowsms = "nowsms" (origin, username, password);

    /// Creates a gateway for Octopush.
    ///
    /// - `username`: The e-mail address of the account.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: 3 to 11 letters and digits.
    /// - `quality`: The quality: `sms_premium` or `sms_low_cost`. Defaults to `sms_premium`.
    octopush = "octopush" (username, api_key);

    /// Creates a gateway for OpenVox SWG and WGW.
    ///
    /// - `origin`: The device, such as `http://10.0.0.5`.
    /// - `username`: The user of the SMS API.
    /// - `password`: The password of the SMS API.
    ///
    /// Options:
    ///
    /// - `port`: The port of the device, such as gsm-1.1.
    openvox = "openvox" (origin, username, password);

    /// Creates a gateway for Orange SMS API (Africa and Middle East).
    ///
    /// - `client_id`: The client id of the application.
    /// - `client_secret`: The client secret of the application.
    /// - `sender`: The fixed sender number of the country, in E.164 format.
    ///
    /// Options:
    ///
    /// - `sender_name`: The sender name that Orange approved.
    orange_smsapi = "orange-smsapi" (client_id, client_secret, sender);

    /// Creates a gateway for OVHcloud SMS.
    ///
    /// - `application_key`: The key of the application.
    /// - `application_secret`: The secret of the application.
    /// - `consumer_key`: The consumer key, with the right to send.
    /// - `account`: The name of the SMS account, such as `sms-ab1234-1`.
    ///
    /// Options:
    ///
    /// - `sender`: A registered sender.
    /// - `sender_for_response`: `true` sends from a short number, if there is no sender.
    /// - `origin`: Others: `ca.api.ovh.com`, `api.us.ovhcloud.com`. Defaults to
    ///   `https://eu.api.ovh.com`.
    ovh = "ovh" (application_key, application_secret, consumer_key, account);

    /// Creates a gateway for Ozeki 10 SMS Gateway.
    ///
    /// - `origin`: The server, whose HTTP API usually listens on port 9509.
    /// - `username`: The name of a user of the HTTP API.
    /// - `password`: The password of this user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender.
    ozeki = "ozeki" (origin, username, password);

    /// Creates a gateway for Ozeki NG SMS Gateway.
    ///
    /// - `origin`: The address of the gateway, such as `http://10.0.0.5:9501`.
    /// - `username`: The name of the user.
    /// - `password`: The password of the user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a number or a name.
    /// - `service_provider`: The name of the connection that sends the message.
    ozeki_ng = "ozeki-ng" (origin, username, password);

    /// Creates a gateway for Peplink and Pepwave routers.
    ///
    /// - `origin`: The address of the router, such as `https://192.168.50.1`.
    /// - `client_id`: The id of the API client.
    /// - `client_secret`: The secret of the API client.
    ///
    /// Options:
    ///
    /// - `connection_id`: The id of the WAN connection whose modem sends the message, a number.
    peplink = "peplink" (origin, client_id, client_secret);

    /// Creates a gateway for Play Mobile (smsxabar).
    ///
    /// - `origin`: The host of the contract, such as `https://send.smsxabar.uz`.
    /// - `username`: The login of the account.
    /// - `password`: The password of the account.
    /// - `sender`: The sender: a short code or a name.
    playmobile = "playmobile" (origin, username, password, sender);

    /// Creates a gateway for playSMS.
    ///
    /// - `origin`: The address of the server, such as `https://sms.internal`.
    /// - `username`: The name of the user.
    /// - `token`: The webservices token of the user.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, if the user may set one.
    playsms = "playsms" (origin, username, token);

    /// Creates a gateway for Plivo.
    ///
    /// - `auth_id`: The Auth ID of the account.
    /// - `auth_token`: The Auth Token of the account, which also signs reports.
    ///
    /// Options:
    ///
    /// - `sender`: A number or registered name of the account; needed without a sender pool.
    /// - `sender_pool`: The UUID of a Powerpack.
    /// - `dlt_category`: The category of the registered template in India.
    /// - `report_url`: The URL for delivery reports, without a query.
    plivo = "plivo" (auth_id, auth_token);

    /// Creates a gateway for Primotexto.
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, with letters and not only digits.
    primotexto = "primotexto" (api_key);

    /// Creates a gateway for Redlink.
    ///
    /// - `token`: The API token.
    /// - `app_token`: The application token.
    /// - `sender`: The sender.
    ///
    /// Options:
    ///
    /// - `api_version`: The version of the API. Defaults to `v2.1`.
    redlink = "redlink" (token, app_token, sender);

    /// Creates a gateway for Route Mobile (SMS HTTP API).
    ///
    /// - `username`: The user name of the account.
    /// - `password`: The password of the account.
    /// - `sender`: The sender: at most 18 digits, or 11 letters.
    ///
    /// Options:
    ///
    /// - `origin`: The host of the account. Defaults to `https://api.rmlconnect.net`.
    route_mobile = "route-mobile" (username, password, sender);

    /// Creates a gateway for Semaphore (Philippines).
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The approved sender. Defaults to that of the account.
    /// - `queue`: The queue: `messages` or `priority`. Defaults to `messages`.
    semaphore = "semaphore" (api_key);

    /// Creates a gateway for SerwerSMS.
    ///
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: A registered name; makes it an SMS FULL.
    serwersms = "serwersms" (token);

    /// Creates a gateway for seven (formerly sms77).
    ///
    /// - `api_key`: The API key of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: up to 11 letters and digits, or 16 digits.
    /// - `report_secret`: The signing secret of the webhook, for reports.
    seven = "seven" (api_key);

    /// Creates a gateway for SignalWire (Compatibility API).
    ///
    /// - `space`: The name of the space: `NAME.signalwire.com`.
    /// - `project_id`: The id of the project.
    /// - `token`: An API token with the scope Messaging.
    ///
    /// Options:
    ///
    /// - `sender`: A number of the project, in E.164 format; needed without a sender pool.
    /// - `sender_pool`: The UUID of a number group.
    /// - `max_price`: The maximum price in US dollars.
    /// - `report_url`: The URL for delivery reports, without a query.
    /// - `report_secret`: The signing key of the project, which signs reports.
    signalwire = "signalwire" (space, project_id, token);

    /// Creates a gateway for SimpleTexting.
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: A number of the account.
    simpletexting = "simpletexting" (api_key);

    /// Creates a gateway for Sinch (SMS batches).
    ///
    /// - `service_plan_id`: The id of the service plan.
    /// - `token`: The API token of the service plan.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a number, a short code or a name.
    /// - `region`: The region of the account: `us`, `eu`, `au`, `br` or `ca`. Defaults to `us`.
    /// - `report_url`: The URL for delivery reports.
    /// - `report_secret`: The secret of the webhook, for reports.
    sinch = "sinch" (service_plan_id, token);

    /// Creates a gateway for sipgate.
    ///
    /// - `token_id`: The id of the personal access token.
    /// - `token`: The personal access token.
    /// - `sms_id`: The Web SMS extension, such as `s0`.
    sipgate = "sipgate" (token_id, token, sms_id);

    /// Creates a gateway for Skebby and Mobyt.
    ///
    /// - `username`: The user name or e-mail address of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: A registered alias or a number, for high qualities only.
    /// - `origin`: The API server: `https://api.skebby.it`, `https://app.mobyt.it` or
    ///   `https://app.mobyt.fr`. Defaults to `https://api.skebby.it`.
    /// - `message_type`: The quality: GP, TI or SI for Skebby, N, L or LL for Mobyt. Defaults to
    ///   `GP`.
    skebby = "skebby" (username, password);

    /// Creates a gateway for sms-gateway (USB modem).
    ///
    /// - `origin`: The server, such as `http://10.0.0.5:5174`.
    /// - `api_key`: An API key.
    sms_gateway_modem = "sms-gateway-modem" (origin, api_key);

    /// Creates a gateway for sms.ir (Verify).
    ///
    /// - `api_key`: The API key.
    /// - `template_id`: The id of the approved template.
    /// - `parameter`: The name of the template's parameter for the code.
    sms_ir = "sms-ir" (api_key, template_id, parameter);

    /// Creates a gateway for SMS.RU.
    ///
    /// - `api_key`: The API id.
    ///
    /// Options:
    ///
    /// - `sender`: The approved sender.
    /// - `ip`: The IP address of the end user. It comes with each message.
    sms_ru = "sms-ru" (api_key);

    /// Creates a gateway for SMSala.
    ///
    /// - `api_id`: The API id.
    /// - `api_password`: The password of the API.
    /// - `sender`: A registered sender id.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for reports, with a secret in the path.
    smsala = "smsala" (api_id, api_password, sender);

    /// Creates a gateway for SMSAPI.
    ///
    /// - `token`: The OAuth token of the account.
    ///
    /// Options:
    ///
    /// - `sender`: A registered name, or 2way.
    /// - `origin`: The API server: `https://api.smsapi.pl`, `.com`, `.bg` or `.se`. Defaults to
    ///   `https://api.smsapi.pl`.
    /// - `report_url`: The URL for delivery reports.
    smsapi = "smsapi" (token);

    /// Creates a gateway for SMS biuras.
    ///
    /// - `user_id`: The id of the account.
    /// - `api_key`: The API key.
    /// - `sender`: The approved sender.
    smsbiuras = "smsbiuras" (user_id, api_key, sender);

    /// Creates a gateway for SMSC (smsc.ru, smsc.kz, smsc.ua).
    ///
    /// - `username`: The login of the account.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: A registered name.
    /// - `origin`: The API server: the domain of the account, or `www2` before it. Defaults to
    ///   `https://smsc.ru`.
    smsc = "smsc" (username, password);

    /// Creates a gateway for SMSEagle (APIv1, JSON-RPC).
    ///
    /// - `origin`: The address of the device, such as `https://10.0.0.5`.
    /// - `token`: The access token of a user of the device.
    ///
    /// Options:
    ///
    /// - `modem_no`: The number of the modem that sends.
    smseagle_jsonrpc = "smseagle-jsonrpc" (origin, token);

    /// Creates a gateway for SMSEagle (APIv1).
    ///
    /// - `origin`: The device; its certificate is usually self-signed: pin it.
    /// - `token`: The access token of a user with access to APIv1.
    ///
    /// Options:
    ///
    /// - `modem_no`: The number of the modem, for devices with several.
    smseagle_v1 = "smseagle-v1" (origin, token);

    /// Creates a gateway for SMSEagle (APIv2).
    ///
    /// - `origin`: The device; its certificate is usually self-signed: pin it.
    /// - `token`: An access token with the permission "Send SMS".
    ///
    /// Options:
    ///
    /// - `modem_no`: The number of the modem, for devices with several.
    smseagle_v2 = "smseagle-v2" (origin, token);

    /// Creates a gateway for SMSFactor.
    ///
    /// - `token`: The API token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender.
    smsfactor = "smsfactor" (token);

    /// Creates a gateway for SMSGate for Android (cloud and private server).
    ///
    /// - `username`: The user name from the app.
    /// - `password`: The password from the app.
    ///
    /// Options:
    ///
    /// - `origin`: The server, if it is your own. Defaults to `https://api.sms-gate.app`.
    /// - `device_id`: The id of the phone that sends the message.
    /// - `sim_number`: The number of the SIM card slot, from 1.
    /// - `active_hours`: Only phones that were online in these hours.
    /// - `report_secret`: The signing key for webhooks from the settings of the app.
    smsgate_android = "smsgate-android" (username, password);

    /// Creates a gateway for smsmode (REST v1).
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: up to 11 letters and digits.
    /// - `report_url`: The URL for delivery reports.
    smsmode = "smsmode" (api_key);

    /// Creates a gateway for SMSPortal (REST).
    ///
    /// - `client_id`: The client id of the API key.
    /// - `client_secret`: The secret of the API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender, at most 11 characters.
    smsportal = "smsportal" (client_id, client_secret);

    /// Creates a gateway for Smstools (smsgatewayapi.com).
    ///
    /// - `client_id`: The client id of the API.
    /// - `client_secret`: The client secret of the API.
    /// - `sender`: The sender: a name of up to 11 or a number of up to 14 characters.
    ///
    /// Options:
    ///
    /// - `sub_id`: The id of a sub-account.
    smstools_be = "smstools-be" (client_id, client_secret, sender);

    /// Creates a gateway for SpeedSMS (Vietnam).
    ///
    /// - `token`: The access token.
    ///
    /// Options:
    ///
    /// - `message_type`: `4` uses a shared brand for codes, `3` your own brand, `2` is customer
    ///   care. Defaults to `4`.
    /// - `sender`: The registered brand name, for type 3.
    speedsms = "speedsms" (token);

    /// Creates a gateway for Spryng (REST).
    ///
    /// - `token`: The API key.
    /// - `sender`: The sender: a name or a number.
    ///
    /// Options:
    ///
    /// - `route`: The route: `business`, or the number of a route. Defaults to `business`.
    spryng = "spryng" (token, sender);

    /// Creates a gateway for SSL Wireless (ISMS Plus v3).
    ///
    /// - `account_id`: The SID: the id of the sender or masking.
    /// - `token`: The API token.
    sslwireless = "sslwireless" (account_id, token);

    /// Creates a gateway for Sweego.
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `country`: The country of the recipient, such as `FR`. It comes with each message.
    /// - `sender`: The sender.
    /// - `campaign_id`: The name of the campaign. Defaults to `otp`.
    /// - `report_secret`: The secret of the webhook.
    sweego = "sweego" (api_key);

    /// Creates a gateway for Taqnyat.
    ///
    /// - `token`: The bearer token of the application.
    /// - `sender`: The approved sender.
    taqnyat = "taqnyat" (token, sender);

    /// Creates a gateway for Telegram Gateway.
    ///
    /// - `token`: The API token, which also signs reports.
    ///
    /// Options:
    ///
    /// - `sender_username`: The user name of a verified channel that sends the code.
    /// - `report_url`: The URL for delivery reports, at most 256 bytes.
    telegram = "telegram" (token);

    /// Creates a gateway for Telnyx (Messaging v2).
    ///
    /// - `api_key`: The API key of the account.
    ///
    /// Options:
    ///
    /// - `sender`: A number in E.164 format, or a name together with a profile.
    /// - `messaging_profile_id`: The messaging profile, needed for names and number pools.
    /// - `report_url`: The URL for delivery reports, without a query.
    /// - `report_public_key`: The account's public key (Base64), which verifies reports.
    telnyx = "telnyx" (api_key);

    /// Creates a gateway for Teltonika RUT (SMS post/get).
    ///
    /// - `origin`: The address of the router, such as `http://192.168.1.1`.
    /// - `username`: The user name of SMS post/get.
    /// - `password`: The password of SMS post/get.
    teltonika_legacy = "teltonika-legacy" (origin, username, password);

    /// Creates a gateway for Teltonika RutOS (HTTP API).
    ///
    /// - `origin`: The address of the router, such as `https://10.0.0.1`.
    /// - `username`: The name of a user of the router.
    /// - `password`: The password of the user.
    /// - `modem`: The id of the modem.
    teltonika_rutos = "teltonika-rutos" (origin, username, password, modem);

    /// Creates a gateway for Tencent Cloud SMS.
    ///
    /// - `secret_id`: The id of the API key.
    /// - `secret_key`: The secret of the API key.
    /// - `region`: The region of the API, such as `ap-guangzhou`.
    /// - `sdk_app_id`: The SdkAppId of the SMS application.
    /// - `template_id`: The id of the approved template.
    ///
    /// Options:
    ///
    /// - `sign_name`: The approved signature, without brackets.
    /// - `extend_code`: The extension of the sender's number.
    /// - `sender`: The registered sender ID, for messages outside of mainland China.
    tencent = "tencent" (secret_id, secret_key, region, sdk_app_id, template_id);

    /// Creates a gateway for Termii.
    ///
    /// - `api_key`: The API key.
    /// - `sender`: A registered sender id of 3 to 11 letters, digits and spaces.
    ///
    /// Options:
    ///
    /// - `origin`: The base URL of the account, from its dashboard. Defaults to
    ///   `https://api.ng.termii.com`.
    /// - `channel`: The channel: dnd or generic. Defaults to `dnd`.
    /// - `report_secret`: The secret key, which signs reports.
    termii = "termii" (api_key, sender);

    /// Creates a gateway for textbee.
    ///
    /// - `device_id`: The id of the device: 24 hexadecimal digits.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sim_subscription_id`: The number of the phone's SIM subscription, for phones with
    ///   several.
    /// - `origin`: The address of the cloud or of your own server. Defaults to
    ///   `https://api.textbee.dev`.
    /// - `report_secret`: The signing secret of the webhook.
    textbee = "textbee" (device_id, api_key);

    /// Creates a gateway for Textbelt (textbelt.com).
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The name of the business that sends.
    textbelt = "textbelt" (api_key);

    /// Creates a gateway for Textbelt (open-source server).
    ///
    /// - `origin`: The address of the server, such as `http://10.0.0.5:9090`.
    ///
    /// Options:
    ///
    /// - `carrier`: The key of the carrier. Defaults to all carriers.
    textbelt_server = "textbelt-server" (origin);

    /// Creates a gateway for Textlocal.
    ///
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: 6 letters in India, 3 to 11 characters in the United Kingdom.
    /// - `origin`: For the UK, `https://api.txtlocal.com`. Defaults to `https://api.textlocal.in`.
    /// - `report_url`: The URL for delivery reports.
    textlocal = "textlocal" (api_key);

    /// Creates a gateway for TextMagic (REST API v2).
    ///
    /// - `username`: The user name.
    /// - `api_key`: The API key.
    ///
    /// Options:
    ///
    /// - `sender`: A sender of the account.
    textmagic = "textmagic" (username, api_key);

    /// Creates a gateway for ThaiBulkSMS (SMS v2).
    ///
    /// - `api_key`: The API key of the SMS service.
    /// - `api_secret`: The API secret.
    ///
    /// Options:
    ///
    /// - `sender`: An approved sender. Defaults to SMS.
    /// - `force`: The credit type: corporate, standard or premium.
    /// - `report_url`: The URL for delivery reports, whose fields are not documented.
    thaibulksms = "thaibulksms" (api_key, api_secret);

    /// Creates a gateway for Traccar SMS Gateway (Android app).
    ///
    /// - `origin`: The address of the phone, such as `http://192.168.1.20:8082`.
    /// - `token`: The key that the app shows for its local server.
    ///
    /// Options:
    ///
    /// - `slot`: The slot of the SIM card, a number from 0.
    traccar_sms_gateway = "traccar-sms-gateway" (origin, token);

    /// Creates a gateway for TurboSMS.
    ///
    /// - `token`: The token of the HTTP API.
    /// - `sender`: The registered sender, at most 20 characters.
    turbosms = "turbosms" (token, sender);

    /// Creates a gateway for Twilio (Programmable Messaging).
    ///
    /// - `account_sid`: The account SID, which begins with AC.
    /// - `auth_token`: The auth token of the account, which also signs reports.
    ///
    /// Options:
    ///
    /// - `sender`: A number or name of the account; needed without a sender pool.
    /// - `sender_pool`: The SID of a messaging service, which begins with MG.
    /// - `report_url`: The URL for delivery reports, without a query.
    /// - `report_secret`: The secret of the shared key that signs reports with SHA-256.
    twilio = "twilio" (account_sid, auth_token);

    /// Creates a gateway for Unifonic (SMS NextGen REST).
    ///
    /// - `api_key`: The AppSid of the application.
    /// - `username`: The user name of the account, usually an e-mail address.
    /// - `password`: The password of the account.
    ///
    /// Options:
    ///
    /// - `sender`: The registered sender; without one, the default of the account.
    /// - `report_url`: The public https URL for delivery reports.
    unifonic = "unifonic" (api_key, username, password);

    /// Creates a gateway for Vonage (SMS API).
    ///
    /// - `api_key`: The API key of the account.
    /// - `api_secret`: The API secret of the account.
    /// - `sender`: The sender: a number, or a name where the country allows it.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports, at most 100 characters.
    /// - `report_secret`: The signature secret of the account, for reports.
    vonage = "vonage" (api_key, api_secret, sender);

    /// Creates a gateway for Vonage (Messages API).
    ///
    /// - `api_key`: The API key of the account.
    /// - `api_secret`: The API secret of the account.
    /// - `sender`: The sender: a number, or a name where the country allows it.
    ///
    /// Options:
    ///
    /// - `report_url`: The URL for delivery reports.
    /// - `report_secret`: The signature secret of the account, for reports.
    vonage_messages = "vonage-messages" (api_key, api_secret, sender);

    /// Creates a gateway for VoodooSMS (REST).
    ///
    /// - `api_key`: The API key.
    /// - `sender`: The sender: a name or a number.
    voodoosms = "voodoosms" (api_key, sender);

    /// Creates a gateway for websms (LINK Mobility Austria).
    ///
    /// - `token`: The access token.
    ///
    /// Options:
    ///
    /// - `sender`: The sender: a name, or a number without plus.
    /// - `report_url`: The URL for delivery reports.
    websms = "websms" (token);

    /// Creates a gateway for WhatsApp Cloud API (authentication templates).
    ///
    /// - `phone_number_id`: The id of the sending phone number.
    /// - `token`: The access token of a system user.
    /// - `template`: The name of the authentication template.
    ///
    /// Options:
    ///
    /// - `language`: The language of the template, such as en_US or pt_BR. Defaults to `en_US`.
    /// - `api_version`: The version of the Graph API. Defaults to `v25.0`.
    /// - `report_secret`: The app secret, which signs reports.
    whatsapp = "whatsapp" (phone_number_id, token, template);

    /// Creates a gateway for Yeastar TG.
    ///
    /// - `origin`: The address of the device, such as `http://10.0.0.5`.
    /// - `username`: The account of the interface.
    /// - `password`: The password of the account.
    /// - `port`: The GSM port that sends, from 1 to 16.
    yeastar_tg = "yeastar-tg" (origin, username, password, port);

    /// Creates a gateway for Yunpian.
    ///
    /// - `api_key`: The API key.
    /// - `sign_name`: The approved signature, without its brackets.
    ///
    /// Options:
    ///
    /// - `origin`: The host for China or abroad. Defaults to `https://sms.yunpian.com`.
    /// - `report_url`: The URL for delivery reports, without a query.
    yunpian = "yunpian" (api_key, sign_name);

    /// Creates a gateway for Yuntongxun (Cloopen).
    ///
    /// - `account_sid`: The account SID.
    /// - `auth_token`: The auth token of the account.
    /// - `app_id`: The id of the application.
    /// - `template_id`: The id of the template; 1 is the template for tests.
    ///
    /// Options:
    ///
    /// - `with_minutes`: Any value, if the second value of the template is the minutes.
    yuntongxun = "yuntongxun" (account_sid, auth_token, app_id, template_id);

    /// Creates a gateway for Zenvia (API v2).
    ///
    /// - `token`: The API token, one that does not require a signature.
    /// - `sender`: The name of the SMS integration.
    zenvia = "zenvia" (token, sender);
}
