curl https://sms.acme.example/send -H 'Accept: application/json' \
  -d 'text=123456 is your code' -d to=12025550123 -d password=hunter2
