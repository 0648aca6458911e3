import RedisStore
import Testing
