import ozekilibsrest as ozeki
from given import it

configuration = ozeki.Configuration(it.username, it.password, "https://ozeki.example:9509/api")
message = ozeki.Message(to_address=it.to, from_address=it.sender, text=it.text)
ozeki.MessageApi(configuration).send(message)
