import RESP
import Testing
