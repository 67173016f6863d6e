"""Places that nobody may lead our calls to."""


def _words(text: str) -> list[str]:
    return text.split()


# Numbers that are no public host's.
NOT_PUBLIC = _words("""
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
127.0.0.2 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.192 192.0.2.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1
::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 ::ffff:0:7f00:1
::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1
64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2001:10::1 2002:7f00:1::
2002:a00:1::1 2002:c0a8:1::1 2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1
fe80::1 febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1
""")

# Addresses that no push service or receiver of webhooks can have.
URLS = _words("""
http://push.example.com/ ftp://push.example.com/ file:///etc/passwd gopher://push.example.com/
javascript:alert(1) data:text/plain,x https: https:/// https://@push.example.com/
https://a@push.example.com/ https://a:b@push.example.com/ https://push.example.com:22/
https://push.example.com:80/ https://push.example.com:5432/ https://push.example.com:6379/
https://push.example.com:0/ https://push.example.com:65536/ https://push.example.com:-1/
https://push.example.com:x/ https://push.example.com/#part https://push.example.com\\@10.0.0.1/
https://localhost/ https://localhost./ https://LOCALHOST/ https://a.b.localhost/ https://intern/
https://printer.local/ https://a.home.arpa/ https://metadata.google.internal/ https://127.1/
https://2130706433/ https://0x7f000001/ https://0x7f.1/ https://0177.0.0.1/ https://017700000001/
https://0/ https://[::1]/ https://[::]/ https://[::ffff:7f00:1]/ https://[fe80::1%25eth0]/
https://[fec0::1]/ https://127.0.0.1.:443/ https://[64:ff9b::7f00:1]/
""")

# As a URL says it, with this port; the resolver of the machine or libcurl's own reads it.
HOSTS = _words("""
localhost localhost. LOCALHOST a.localhost ip6-localhost 127.0.0.1 127.0.0.2 127.1 127.0.1
2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0 0.0.0.0 00.00.00.00 10.0.0.1
10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1.1 100.64.0.1 100.100.100.200
169.254.169.254 169.254.170.2 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::127.0.0.1] [::ffff:0:127.0.0.1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [2002:7f00:1::]
[2002:a00:1::] [2001:0:7f00:1::] [2001:db8::1] [fc00::1] [fd00:ec2::254] [fe80::1] [fe80::1%25lo]
[fec0::1] [ff02::1] ①②⑦.0.0.1 127。0。0。1
""")

# What a name stands for, although it looked harmless when it was registered.
REBOUND = _words("""
127.0.0.1 0.0.0.0 10.1.2.3 169.254.169.254 100.64.0.1 192.168.1.1 224.0.0.1 ::1 ::
::ffff:127.0.0.1 64:ff9b::7f00:1 fe80::1 fd00::1 127.0.0.1,127.0.0.2 10.0.0.1,::1
""")

# Other schemes, other ports, and what two readers of addresses understand differently.
NEVER = _words("""
http://8.8.8.8/ file:///etc/passwd gopher://8.8.8.8/ ftp://8.8.8.8/ dict://8.8.8.8/
ldap://8.8.8.8/ telnet://8.8.8.8/ scp://8.8.8.8/ smtp://8.8.8.8/ ws://8.8.8.8/ javascript:1
https://8.8.8.8:22/ https://8.8.8.8:80/ https://8.8.8.8:5432/ https://8.8.8.8:6379/
https://8.8.8.8:65536/ https:// //8.8.8.8/ https://127.0.0.1\\@8.8.8.8/
""")
