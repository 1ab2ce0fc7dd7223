#!/usr/bin/env python3
"""The guide's email alert as a script: argparse for what GPFS passes, logging for a line about it."""

import argparse
import logging
import smtplib
from email.mime.text import MIMEText


def main():
    parser = argparse.ArgumentParser(description="mail an alert")
    parser.add_argument("--log", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("fsName")
    arguments = parser.parse_args()
    logging.basicConfig(filename=arguments.log, level=logging.INFO, format="%(asctime)s %(message)s")
    message = MIMEText(f"Space is running low on {arguments.fsName}")
    message["Subject"] = "Low Disk Space!"
    message["From"] = "callbacks@mycompany.com"
    message["To"] = "alerts@mycompany.com"
    server = smtplib.SMTP("127.0.0.1", arguments.port)
    server.sendmail("callbacks@mycompany.com", ["alerts@mycompany.com"], message.as_string())
    server.quit()
    logging.info("told about %s", arguments.fsName)


if __name__ == "__main__":
    main()
